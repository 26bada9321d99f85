"""What a holder keeps here: passkeys to come back with, a code for another device, and the people they act for.

Whoever acts for somebody gets that person's certificate, and none of that person's keys: a delegation that ends, ends.
"""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect

from pratique.authority.identity import clinic_code, proxies
from pratique.authority.identity.answers import Assurance
from pratique.authority.identity.proxies import Ward
from pratique.authority.store import people, reading
from pratique.model.errors import AccessRefused
from pratique.web import forms
from pratique.web.cards import Card, names
from pratique.web.desk import Next, chosen, sent_by_script, shown
from pratique.web.pages import AnyRequest, everywhere
from pratique.web.problems import Code, Problem, language_of
from pratique.web.visits import DEVICE, Visit
from pratique.web.ways import Reception, Ways
from pratique.web.words import Words, words


def handlers(ways: Ways, reception: Reception) -> list[Any]:
    """The page, and what its buttons do."""
    return [*_page(ways, reception), *_keys(ways, reception)]


def _subject(reception: Reception, request: AnyRequest, name: str) -> str:
    """The holder's own subject. Raises `Problem` (SESSION_UNKNOWN), for whoever acts for somebody as well."""
    subject = reception.visit(request, name).subject_id
    if subject is None:
        raise Problem(Code.SESSION_UNKNOWN)
    return subject


def _page(ways: Ways, reception: Reception) -> list[Any]:
    engine, vault = ways.engine, ways.vault

    async def own_page(request: AnyRequest, name: str, code: clinic_code.Code | None = None) -> Response[str]:
        subject, at, say = _subject(reception, request, name), reception.clock(), words(language_of(request))
        keys = await sync_to_thread(ways.passkeys.of, subject)
        wards = await sync_to_thread(proxies.wards, engine, vault, subject, at=at)
        guardians = await sync_to_thread(proxies.guardians, engine, vault, subject, at=at)
        return reception.page(
            request,
            "issuing/own.html",
            visit=name,
            passkeys=[shown(each) for each in keys],
            wards=[named(each, say) for each in wards],
            guardians=[named(each, say) for each in guardians],
            code=code.text if code else None,
            minutes=int(clinic_code.LASTS[clinic_code.Kind.DEVICE].total_seconds() // 60),
        )

    @get(everywhere("/own/{name:str}"))
    async def own(request: AnyRequest, name: FromPath[str]) -> Response[str]:
        return await own_page(request, name)

    @post(everywhere("/own/{name:str}/device"), status_code=200)
    async def device(request: AnyRequest, name: FromPath[str]) -> Response[str]:
        subject = _subject(reception, request, name)
        try:
            code = await sync_to_thread(clinic_code.make_for_device, engine, vault, subject, at=reception.clock())
        except AccessRefused:
            raise Problem(Code.TOO_MANY_REQUESTS) from None
        return await own_page(request, name, code)

    @post(everywhere("/own/{name:str}/ward"), status_code=303)
    async def ward(request: AnyRequest, name: FromPath[str]) -> Redirect:
        subject, form, at = _subject(reception, request, name), await forms.read(request), reception.clock()
        who = await sync_to_thread(proxies.act_for, engine, vault, subject, form["person"], at=at)
        if who is None:
            raise Problem(Code.SESSION_UNKNOWN)
        visit = await reception.welcome(who, Assurance.PROXY, request.cookies.get(DEVICE, ""), subject)
        return Redirect(f"/{language_of(request)}/certificate/{visit.name}", status_code=303)

    @post(everywhere("/own/{name:str}/revoke"), status_code=303)
    async def revoke(request: AnyRequest, name: FromPath[str]) -> Redirect:
        subject, form, at = _subject(reception, request, name), await forms.read(request), reception.clock()
        pair = (subject, form["guardian"]) if form["guardian"] else (form["person"], subject)
        await sync_to_thread(proxies.revoke, engine, *pair, at=at)
        reception.visits.end(pair[1], pair[0])
        return Redirect(f"/{language_of(request)}/own/{name}", status_code=303)

    @post(everywhere("/certificate/{name:str}/back"), status_code=303)
    async def back(request: AnyRequest, name: FromPath[str]) -> Redirect:
        """From whom somebody acts for to their own certificate; the other's visit ends."""
        visit, at = reception.visit(request, name), reception.clock()
        if visit.acting is None:
            raise Problem(Code.SESSION_UNKNOWN)
        reception.visits.remove(name)
        mine = reception.visits.own(visit.acting[0], device=visit.device, at=at)
        place = f"/certificate/{mine.name}" if mine is not None else ""
        return Redirect(f"/{language_of(request)}{place}", status_code=303)

    return [own, device, ward, revoke, back]


def family(ways: Ways, visit: Visit, language: str, whose: Card, at: datetime) -> list[dict[str, Any]]:
    """Whose certificate is shown, and the others that whoever came in can go on to; nobody where there are none."""
    here = {"name": whose.name, "language": whose.name_language, "here": True}
    own = f"/{language}/own/{visit.name}"
    if visit.acting is not None:
        with reading(ways.engine) as connection:
            known = people.by_subject(connection, ways.vault, visit.acting[0])
        if known is None:
            return []
        name, spoken, latin = names(known.name)
        me = {
            "name": name or latin,
            "language": spoken,
            "here": False,
            "id": "",
            "action": f"/{language}/certificate/{visit.name}/back",
        }
        return [me, here]
    if visit.subject_id is None:
        return []
    others = [named(each, words(language)) for each in proxies.wards(ways.engine, ways.vault, visit.subject_id, at=at)]
    wards = [each | {"here": False, "action": f"{own}/ward"} for each in others]
    return [here, *wards] if wards else []


def _keys(ways: Ways, reception: Reception) -> list[Any]:
    own = ways.passkeys

    @post(everywhere("/own/{name:str}/passkeys/begin"), status_code=200)
    async def begin(request: AnyRequest, name: FromPath[str]) -> dict[str, Any]:
        subject, listed = _subject(reception, request, name), words(language_of(request))("passkeys.shown")
        begun = await sync_to_thread(own.begin_making, subject, listed, at=reception.clock())
        if begun is None:
            raise Problem(Code.TOO_MANY_REQUESTS)
        return {"ceremony": begun.ceremony, "options": begun.options}

    @post(everywhere("/own/{name:str}/passkeys/finish"), status_code=200)
    async def finish(request: AnyRequest, name: FromPath[str]) -> Next:
        subject, sent = _subject(reception, request, name), await sent_by_script(request)
        args = (sent.ceremony, subject, bytes(sent.answer), sent.label)
        made = await sync_to_thread(own.finish_making, *args, at=reception.clock())
        return Next(f"/{language_of(request)}/own/{name}" if made else None)

    @post(everywhere("/own/{name:str}/passkeys/remove"), status_code=303)
    async def remove(request: AnyRequest, name: FromPath[str]) -> Redirect:
        subject, form = _subject(reception, request, name), await forms.read(request)
        await sync_to_thread(own.remove, subject, [chosen(form["passkey"])])
        return Redirect(f"/{language_of(request)}/own/{name}", status_code=303)

    return [begin, finish, remove]


def named(ward: Ward, say: Words) -> dict[str, str]:
    """The other person of a delegation, as pages show them."""
    own, language, latin = names(ward.known.name)
    return {
        "id": ward.known.subject_id,
        "name": own or latin,
        "language": language,
        "ground": ward.ground.value,
        "until": say.day(ward.until.date()),
    }
