"""A certificate's whole way: two new countries, a look into a camera, and a border that decides without a network.

Nothing is staged: the keys are fresh, the camera's pictures are made for the movements that were asked for, the matcher
is the real one, the paper is drawn and read back from its picture, and every answer is compared with the one the story
tells; if one differs, the demonstration fails instead of telling it.
"""

import asyncio
import io
import secrets
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pypdfium2
from msgspec import Struct

from pratique import qr
from pratique.answering import Answer, answer
from pratique.answering.words import Word, three
from pratique.authority.identity.answers import Gone, Holder, NotConfirmed, Started, TryLater
from pratique.authority.identity.dlib_matcher import DlibMatcher
from pratique.authority.identity.enrolment import Enrolments
from pratique.authority.identity.registry import FileRegistry
from pratique.authority.records import FileRecords
from pratique.bundle import Bundle
from pratique.formats import _base45
from pratique.formats.hcert import PREFIX, inflate
from pratique.issuing import issue
from pratique.model import mrz
from pratique.model.certificate import Evidence, TestKind, Vaccination, choose
from pratique.model.certificate import Test as TestClaim
from pratique.model.consequence import ConsequenceKind
from pratique.model.errors import IssueRefused
from pratique.model.journey import Journey
from pratique.model.mrz import MachineReadableZone
from pratique.model.ports import PORTS
from pratique.model.reasons import Reason
from pratique.paper import certificate_pdf
from pratique.qr import Level
from pratique.sandbox import camera, register, states, traveller
from pratique.sandbox.border import COUNTRIES
from pratique.sandbox.states import Country
from pratique.texts import explain
from pratique.texts.saying import Saying
from pratique.texts.saying import say as said
from pratique.trust import Environment, TrustList
from pratique.verification import verify
from pratique.web.holding import Held, hold, sheet

MARK = ".pratique-demo"
"""The file by which a folder is known as an earlier demonstration, which the next one may replace."""

_KEYS = ("csca.key.pem", "csca.pem", "dsc.key.counter", "dsc.key.pem", "dsc.pem")
_REGISTER = ("registry.json", "xa-0001.png", "xa-0002.png", "xa-0003.png", "records", "records/xa-0001.json")
MADE = frozenset(
    {MARK, "records.json", "passport.txt", "certificate.pdf", "certificate.png"}
    | {f"bundle{path}" for path in ("", "/rules", "/bundle.json", "/trust.json", "/revocation.bin")}
    | {f"bundle/rules/{code}.json" for code in COUNTRIES}
    | {f"{name}.{kind}" for name in ("ithc", "dcc") for kind in ("txt", "png", "svg")}
    | {f"{code}{path}" for code in ("xa", "xb") for path in ("", "/trust.json", "/keys")}
    | {f"{code}/keys/{name}" for code in ("xa", "xb") for name in _KEYS}
    | {"xa/register"}
    | {f"xa/register/{name}" for name in _REGISTER}
)
"""Every file and folder that a demonstration makes, by its path in the folder: the next one deletes nothing else."""

DPI = 150
FPS = 2.0
"""Pictures of the sandbox's camera a second: enough for the movements, and quickly made."""
STRANGERS = 3
"""Real people who try her passport, where there are photographs: less than the tries that a passport has in a day."""
PORT = PORTS["XBHAV"]

Say = Callable[[str], None]


class World(Struct, frozen=True):
    """What was prepared: who issues, who checks, and what the border knows."""

    issuer: Country
    border: Country
    bundle: Bundle
    portrait: bytes
    """Han Meimei's, of the register."""


class Papers(Struct, frozen=True):
    """What the traveller holds after she signed up."""

    held: Held
    ithc: str
    dcc: str
    page: bytes
    """The first printed page as a picture (PNG)."""


def prepare(out: Path, *, at: datetime, say: Say) -> World:
    """Make both countries in the folder `out`: keys, XA's register of passports and records, XB's published release."""
    issuer, border = (states.country(code, out, at) for code in ("XA", "XB"))
    for country in (issuer, border):
        say(f"   {country.code}: key {country.keys.kid.hex()}, and a trust list for everybody")
    portrait = camera.astronaut()
    register.write(out / "xa" / "register", portrait, at=at)
    say("   XA's passport office knows three people; its clinics have records of one, Han Meimei.")
    bundle = states.publish(out / "bundle", issuer.public, at=at)
    say(f"   XB publishes release {bundle.number} for its borders: XA's keys, withdrawals, and rules of entry.")
    return World(issuer, border, bundle, portrait)


def run(out: Path, *, at: datetime, say: Say, command: str = "pratique", faces: Path | None = None) -> None:
    """Play the story in the folder `out`, telling it line by line; `command` is how this program is called.

    `faces` is a folder of photographs named as for `pratique face evaluate`: then real people try her passport too.

    `at` is aware, and the day of the story. Raises `RuntimeError` where an answer is not the one told.
    """
    say("1. Two countries that do not exist: XA, which issues, and XB, which has a border.")
    world = prepare(out, at=at, say=say)
    say("")
    say("2. Han Meimei types her passport number at XA and looks into the camera.")
    papers = _issue(world, asyncio.run(_sign_up(world, out, at, say, _photographs(faces))), out, at, say)
    say("")
    say("3. XB's border reads the printed page from its picture. It has its release, and asks no network.")
    _arrive(papers, world, at, say)
    say("")
    say("4. What must not pass does not pass.")
    _refuse(papers, world, at, say)
    say("")
    say(f"Everything is in {out}/: keys, register, bundle, scans, codes, and certificate.pdf to print. Try:")
    trust, place = f"--trust {out / 'xa' / 'trust.json'}", out / "certificate.pdf"
    say(f"  {command} verify {trust} --document @{out / 'passport.txt'} {place}")
    say(f"  {command} verify {trust} --lang zh {out / 'dcc.png'}")
    say(f"  {command} verify --bundle {out / 'bundle'} --to XBHAV {out / 'ithc.txt'}")
    say(f"  {command} inspect {out / 'ithc.txt'}")


# --- 2. sign-up


async def _sign_up(world: World, out: Path, at: datetime, say: Say, strangers: Sequence[bytes]) -> Holder:
    """Her own passport, and then her brother's: the register has another face for that one."""
    with DlibMatcher() as matcher:
        enrolments = Enrolments(FileRegistry.load(out / "xa" / "register"), matcher)
        came = await _look(enrolments, traveller.PASSPORT.number, world.portrait, at=at, say=say)
        _must(isinstance(came, Holder) and came.person_id == register.MEIMEI)
        say("   It is the face of the passport office's portrait. (A film made from one portrait passes here:")
        say("   the movements are basic challenge-response, not ISO/IEC 30107-3 tested.)")
        other = await _look(enrolments, traveller.BROTHERS_PASSPORT.number, world.portrait, at=at)
        _must(isinstance(other, NotConfirmed))
        say("   The same face with her brother's passport number: no certificate.")
        say("   (His portrait in the register is hers, altered until the matcher measures more than 0.60.)")
        for face in strangers:
            came_too = await _look(enrolments, traveller.PASSPORT.number, face, at=at)
            _must(isinstance(came_too, NotConfirmed))
        if strangers:
            say(f"   {len(strangers)} real people, from photographs, with her passport number: no certificate.")
    if not isinstance(came, Holder):
        raise _not_as_told()
    return came


def _photographs(folder: Path | None) -> tuple[bytes, ...]:
    """The first photograph of the first people in a folder."""
    if folder is None:
        return ()
    people = {path.name.rpartition("__")[0]: path for path in sorted(folder.glob("*__1.*"))}
    return tuple(path.read_bytes() for path in list(people.values())[:STRANGERS])


async def _look(
    enrolments: Enrolments, number: str, portrait: bytes, *, at: datetime, say: Say | None = None
) -> Holder | NotConfirmed | TryLater | Gone:
    """Somebody with the face of `portrait` types a number and does what is asked."""
    begun = await enrolments.begin(number, device=number, network="demo", at=at)
    if not isinstance(begun, Started):
        return begun
    steps = begun.challenge.steps
    if say:
        say(f"   Asked of her, in an order nobody knows before: {', '.join(steps)}.")
    for place, picture in enumerate(camera.frames_for(portrait, steps, fps=FPS, seed=secrets.randbits(32))):
        then = at + timedelta(seconds=place / FPS)
        seen = await enrolments.frame(begun.session, picture, nonce=begun.challenge.nonce, number=place, at=then)
        if isinstance(seen, Gone) or seen.complete or seen.over:
            break
    return await enrolments.finish(begun.session, at=at + timedelta(seconds=29))


def _issue(world: World, holder: Holder, out: Path, at: datetime, say: Say) -> Papers:
    country = world.issuer
    records_folder = out / "xa" / "register" / "records"
    records = FileRecords.load(
        records_folder, issuer=traveller.ISSUER, country=country.code, evidence=Evidence.REGISTRY
    )
    held = hold(holder, records.claims, country.signer, specimen=True, at=at)
    (part,) = held.parts
    certificate, ithc = part.certificate, part.scan
    (out / "records.json").write_bytes((records_folder / f"{register.MEIMEI}.json").read_bytes())
    one = choose(certificate, certificate.claims[1])
    dcc = issue(one, format="eu-dcc", signer=country.signer, at=at, expires=held.expires)
    say(f"   XA signs her {len(certificate.claims)} records: vaccinations, a molecular test and an antibody test.")
    say(f"   ITHC: {len(certificate.claims)} claims in {len(ithc)} characters. EU DCC: one dose in {len(dcc)}.")
    (out / "passport.txt").write_text(mrz.write(traveller.PASSPORT) + "\n", encoding="ascii")
    for name, scan in (("ithc", ithc), ("dcc", dcc)):
        (out / f"{name}.txt").write_text(f"{scan}\n", encoding="ascii")
        (out / f"{name}.png").write_bytes(qr.png(scan, level=Level.M))
        (out / f"{name}.svg").write_text(qr.svg(scan, level=Level.M), encoding="ascii")
    pdf = certificate_pdf(sheet(held, issuer=traveller.ISSUER, country=country.code, language="zh"))
    page = _picture(pdf)
    (out / "certificate.pdf").write_bytes(pdf)
    (out / "certificate.png").write_bytes(page)
    say(f"   The page to print: {out / 'certificate.pdf'}")
    return Papers(held, ithc, dcc, page)


def _picture(pdf: bytes) -> bytes:
    document = pypdfium2.PdfDocument(pdf)
    image = document[0].render(scale=DPI / 72).to_pil()
    picture = io.BytesIO()
    image.save(picture, "PNG")
    document.close()
    return picture.getvalue()


# --- 3. the border


def _ask(world: World, scan: str, at: datetime, document: MachineReadableZone) -> Answer:
    """What XB's port of entry says of somebody who arrives there at `at`."""
    return answer([scan], bundle=world.bundle, at=at, document=document, journey=Journey.entering(PORT, at))


def _arrive(papers: Papers, world: World, at: datetime, say: Say) -> None:
    (scan,) = qr.read(papers.page)
    told = _ask(world, scan, at, traveller.PASSPORT)
    words = tuple(each.word for each in three(told))
    _must(words == (Word.YES, Word.COMPARE, Word.YES))
    _must(_follows(told) is ConsequenceKind.FREE)
    for each in three(told):
        question, word = (str(each.in_words()[name]) for name in ("question", "answer"))
        say(f"   {question + '?':<16}{word:<9}{said(each.sentences[0])}")
    say(f"   What follows:   {said(_consequence(told))}")


def _follows(told: Answer) -> ConsequenceKind | None:
    consequence = told.verdict.consequence if told.verdict else None
    return consequence.kind if consequence else None


# --- 4. refusals


def _refuse(papers: Papers, world: World, at: datetime, say: Say) -> None:
    def outcome(what: str, told: str, *reasons: Reason) -> None:
        say(f"   {what}: {told}")
        for reason in reasons:
            say(f"     {reason}: {explain(reason).what}")

    forged = _ask(world, tampered(papers.dcc), at, traveller.PASSPORT)
    _must(forged.authentic is False and forged.verifications[0].reasons == (Reason.SIGNATURE_INVALID,))
    _must(forged.holder is None)
    outcome("One character of her date of birth is changed", "refused", Reason.SIGNATURE_INVALID)

    elsewhere = verify(papers.ithc, trust_list=world.border.public, at=at)
    _must(elsewhere.authentic is None and elsewhere.reasons == (Reason.KEY_UNKNOWN,))
    outcome("A border that has no list of XA", "undecided", *elsewhere.reasons)

    brother = _ask(world, papers.ithc, at, traveller.BROTHERS_PASSPORT)
    _must(brother.person is not None and three(brother)[1].word is Word.NO)
    outcome(
        "Her brother shows it with his own passport",
        "another person",
        *(brother.person.reasons if brother.person else ()),
    )

    _without_vaccine(papers, world, at, say)

    real = TrustList(world.issuer.public.keys, environment=Environment.PRODUCTION)
    shown = verify(papers.ithc, trust_list=real, at=at)
    _must(shown.authentic is False and Reason.SPECIMEN in shown.reasons)
    outcome("It is shown at a real border, though it is a specimen", "refused", Reason.SPECIMEN)

    certificate, signer = papers.held.certificate, world.issuer.signer
    antibody = [c for c in certificate.claims if isinstance(c, TestClaim) and c.kind is TestKind.ANTIBODY]
    made = signer.count
    try:
        issue(choose(certificate, *antibody), format="eu-dcc", signer=signer, at=at)
    except IssueRefused as refusal:
        _must(refusal.reasons == (Reason.ISSUE_ANTIBODY_TEST,) and signer.count == made)
        outcome("XA is asked for an EU DCC of the antibody test", "not signed", *refusal.reasons)
    else:
        raise _not_as_told()


def _without_vaccine(papers: Papers, world: World, at: datetime, say: Say) -> None:
    """Whoever is not vaccinated gets in by another route; and whoever has too little is told what would do."""
    certificate = papers.held.certificate
    tests = choose(certificate, *[claim for claim in certificate.claims if not isinstance(claim, Vaccination)])
    scan = issue(tests, format="ithc", signer=world.issuer.signer, at=at)
    tested = _ask(world, scan, at, traveller.PASSPORT)
    _must(tested.accepted is True and _follows(tested) is ConsequenceKind.TEST_ON_ARRIVAL)
    say("   She has no vaccination, only the tests: accepted by another route")
    say(f"     {said(_consequence(tested))}")
    dose = _ask(world, papers.dcc, at, traveller.PASSPORT)
    _must(dose.accepted is False and _follows(dose) is ConsequenceKind.QUARANTINE)
    say("   She has only her second dose's certificate with her: not accepted, and told what would do")
    for sentence in three(dose)[2].sentences:
        if sentence.key.startswith(("entry.consequence.", "entry.way.")):
            say(f"     {said(sentence)}")


def _consequence(told: Answer) -> Saying:
    return next(each for each in three(told)[2].sentences if each.key.startswith("entry.consequence."))


def tampered(scan: str) -> str:
    """The same EU DCC with one digit of the birth date changed, and compressed and encoded as if nothing were."""
    message = inflate(_base45.decode(scan.removeprefix(PREFIX)))
    born = str(traveller.PATIENT["birthDate"]).encode()
    _must(message.count(born) == 1)
    changed = message.replace(born, born[:-1] + b"9")
    return PREFIX + _base45.encode(zlib.compress(changed))


def _must(held: bool) -> None:
    """The story is only told if it happened."""
    if not held:
        raise _not_as_told()


def _not_as_told() -> RuntimeError:
    return RuntimeError("the demonstration did not go as it tells")
