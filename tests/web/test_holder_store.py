"""The holder's own pages of an installation: under its log, replaced when they leaked, exported, and for a family."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine

from pratique import qr, verify
from pratique.authority.access import Account, Role
from pratique.authority.access.tokens import holder_account
from pratique.authority.identity import clinic_code
from pratique.authority.issuance import log, revoking
from pratique.authority.store import asking, issuance, looks, people, reading, signing_log, writing
from pratique.authority.store.people import Known, Papers
from pratique.cli._bundle import load
from pratique.config import UnusableConfig, read
from pratique.model.reasons import Reason
from pratique.model.sealed import Sealed
from pratique.sandbox import traveller
from pratique.sandbox.register import DAUGHTERS_PASSPORT
from pratique.web.installation import Installation, installed
from pratique.web.ministry import CONSENT
from tests import special
from tests.authority import issuing
from tests.authority.issuing import onboarded
from tests.web.holders import said
from tests.web.installations import TRAVELLERS, Place, place
from tests.web.test_holder import VERDICT
from tests.web.test_installation import pages

OFFICER = Account("officer", Role.ENROLMENT)


@dataclass
class House:
    """An installation with Han Meimei and her daughter, who have a record each."""

    made: Place
    installation: Installation
    engine: Engine
    her: Known
    child: Known

    def browser(self) -> TestClient[Any]:
        return TestClient(pages(self.installation, TRAVELLERS), base_url=f"http://{TRAVELLERS}")

    def arrive(self, browser: TestClient[Any]) -> str:
        """Han Meimei comes in by a code of a desk, from a device that nobody saw before: her certificate's address."""
        browser.cookies.set("device", secrets.token_hex(16))
        at, kind = datetime.now(UTC), clinic_code.Kind.DESK
        code = clinic_code.make(self.engine, self.made.vault, OFFICER, kind, self.her.subject_id, at=at)
        form = {"number": traveller.PASSPORT.number, "code": code.text, "consent": CONSENT}
        return browser.post("/en/paper-code", data=form).url.path

    def standings(self) -> list[tuple[str, str]]:
        with reading(self.engine) as connection:
            kept = issuance.of_person(connection, self.her.person_id)
        return [(each.format, each.certificate_id) for each in kept]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("installation")
    made = place(folder, face="off")
    (folder / "xb.pem").write_bytes(opening("XB"))
    config = read(folder / "pratique.toml", {"PRATIQUE_RECIPIENTS": str(folder / "xb.pem")})
    found = installed(config, folder)
    engine, vault, at = made.engine(), made.vault, datetime.now(UTC)
    with writing(engine) as connection:
        her, child = (
            people.find(connection, vault, Papers("UTO", zone.number))
            for zone in (traveller.PASSPORT, DAUGHTERS_PASSPORT)
        )
        assert her
        assert child
        since, until = int(at.timestamp()) - 60, int(at.timestamp()) + 3600
        asking.appoint(connection, child.subject_id, her.subject_id, "child", at=since, until=until)
    onboarded(engine, at=at - timedelta(days=60))
    day = (at - timedelta(days=40)).date().isoformat()
    daughter = {"document": DAUGHTERS_PASSPORT.number, "family": "Han", "given": "Xiaoxiao", "born": "2017-06-01"}
    rows = [
        issuing.dose(day=day),
        issuing.sample(sampled=f"{(at - timedelta(days=1)).date()}T08:30Z"),
        issuing.dose(day=day, number="D-9") | daughter,
    ]
    issuing.recorded(engine, vault, rows, at=at)
    yield House(made, found, engine, her, child)
    engine.dispose()
    found.close()


def opening(country: str) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    certificate = x509.load_der_x509_certificate(
        special.opening_certificate(country, until=datetime(2049, 1, 1, tzinfo=UTC))
    )
    return certificate.public_bytes(Encoding.PEM)


def scans(page: Any) -> list[str]:
    return list(dict.fromkeys(re.findall(r'data-scan="([^"]+)"', page.text)))


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"RECIPIENTS": "dsc.key.pem"}, "recipients"),
        ({"RECIPIENTS": "nowhere.pem"}, "recipients"),
        ({"RECIPIENTS": "xb.pem,xb.pem"}, "recipients"),
        ({"DOOR_POLICY": "code.json", "DOOR_KEY": "notices.key.pem", "DOOR_CROWD": "lab.json"}, "door_policy"),
        ({"DOOR_POLICY": "code.json"}, "door_crowd"),
    ],
)
def test_what_cannot_be_sealed_for_or_passed_with_is_refused(
    house: House, settings: dict[str, str], named: str
) -> None:
    with pytest.raises(UnusableConfig, match=named):
        installed(
            read(house.made.folder / "pratique.toml", {f"PRATIQUE_{name}": text for name, text in settings.items()}),
            house.made.folder,
            trying=True,
        ).close()


def test_whoever_comes_again_has_the_same_certificate(house: House) -> None:
    """And is told of no last picture; from each page of theirs they come back to it, with no button of a browser."""
    with house.browser() as browser:
        address = house.arrive(browser)
        page = browser.get(address)
        first = scans(page)
        assert len(first) == 1
        assert "Issued in" in page.text
        assert "picture reached us" not in page.text
        for path in ("records", "code", "certificates"):
            assert f'class="back" href="{address}"' in browser.get(f"/en/{path}").text, path
        before = house.standings()
        assert scans(browser.get(house.arrive(browser))) == first
        assert house.standings() == before


def test_the_same_choice_is_signed_once_and_the_whole_stays_the_whole(house: House) -> None:
    with house.browser() as browser:
        address = house.arrive(browser)
        whole = scans(browser.get(address))
        chosen = [scans(browser.post(f"{address}/choose", data={"claim": ["0"]})) for _ in range(2)]
        assert chosen[0] == chosen[1]
        assert scans(browser.get(house.arrive(browser))) == whole


def test_a_sealed_twin_stands_in_the_log_beside_its_open_one(house: House) -> None:
    with house.browser() as browser:
        address = house.arrive(browser)
        page = browser.post(f"{address}/choose", data={"claim": ["0"], "state": ["XB"]})
        assert "Only these can open it: XB" in said(page)
        (scan,) = qr.read(browser.get(f"{address}/sealed/code").content)
    release = load(house.made.folder / "bundle", at=datetime.now(UTC))
    told = verify(scan, trust_list=release.trust_list, at=datetime.now(UTC))
    assert told.authentic
    assert isinstance(told.content, Sealed)
    with reading(house.engine) as connection:
        for key in signing_log.keys(connection):
            stands = log.balance(connection, key.key_id)
            assert stands.entries == stands.issued + stands.void
            assert stands.void == 0
    assert "sealed" in {name for name, _ in house.standings()}


def test_what_leaked_counts_no_more_and_is_replaced_at_once(house: House) -> None:
    with house.browser() as browser:
        address = house.arrive(browser)
        browser.post(f"{address}/choose", data={"claim": ["0"], "state": ["XB"]})
        (sealed,) = qr.read(browser.get(f"{address}/sealed/code").content)
        old = scans(browser.get(address))
        asked = browser.get(f"{address}/leaked")
        assert "Replace my codes (1)" in said(asked)
        assert scans(browser.get(address)) == old, "to look at the page changes nothing"
        done = browser.post(f"{address}/leaked")
        assert done.url.path == f"{address}/leaked/done"
        assert "Your old codes stop counting at verifiers within a day." in said(done)
        new = scans(browser.get(address))
        assert new
        assert new != old
        assert browser.get(f"{address}/chosen").status_code == 404, "what was chosen of the old one"
        rows = said(browser.get("/en/certificates"))
        assert "You said that it had leaked." in rows
        assert rows.index("Ends:") < rows.index("Withdrawn on")
        assert "Sealed certificate" in rows
    at = datetime.now(UTC)
    release = load(house.made.folder / "bundle", at=at)
    with reading(house.engine) as connection:
        listed = revoking.revocation_list(connection, at=at)
    for scan, counts in ((new[0], True), (old[0], False), (sealed, False)):
        told = verify(scan, trust_list=release.trust_list, at=at, revocation=listed)
        assert told.authentic is counts, told.reasons
        assert (Reason.REVOKED in told.reasons) is not counts


def test_trips_go_by_the_release_in_force_and_are_in_no_export(house: House) -> None:
    with house.browser() as browser:
        assert browser.get("/en/export").json()["code"] == "SESSION_UNKNOWN"
        address = house.arrive(browser)
        day = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
        trip = said(browser.post(f"{address}/trip", data={"to": "XBHAV", "day": day}))
        assert "Rules no. 1" in trip
        assert "entering at Haven of XB" in trip
        answer = browser.get("/en/export")
        assert 'filename="export.json"' in answer.headers["content-disposition"]
        told = answer.json()
        assert told["birth_date"] == "1990-05-08"
        assert told["kept"]["record"]
        assert "XBHAV" not in answer.text
        assert "Who looked" in browser.get("/en/looks").text
        assert f'{house.made.config.address}/en/support"' in browser.get("/en/looks").text


def test_a_guardian_goes_from_one_person_to_the_other_and_back(house: House) -> None:
    with house.browser() as browser:
        address = house.arrive(browser)
        page = browser.get(address)
        own = address.replace("certificate", "own")
        assert f'value="{house.child.subject_id}"' in page.text
        ward = browser.post(f"{own}/ward", data={"person": house.child.subject_id})
        assert "You act for " in said(ward)
        with reading(house.engine) as connection:
            seen = {each.account_id for each in looks.of(connection, house.child.person_id)}
        assert {holder_account(house.made.vault, house.her.subject_id).account_id, "issuing-program"} <= seen
        theirs = ward.url.path
        assert not set(scans(ward)) & set(scans(page))
        assert browser.get(theirs.replace("certificate", "own")).status_code == 404, "passkeys are the holder's alone"
        assert browser.post(f"{address}/back").status_code == 404
        back = browser.post(f"{theirs}/back")
        assert back.url.path == address
        assert "You act for " not in said(back)
        assert "You act for " not in browser.get("/en/records").text
        assert browser.get(theirs).status_code == 404


def test_a_delegation_that_ended_signs_nothing_more(house: House) -> None:
    with house.browser() as browser:
        own = house.arrive(browser).replace("certificate", "own")
        theirs = browser.post(f"{own}/ward", data={"person": house.child.subject_id}).url.path
        at = int(datetime.now(UTC).timestamp())
        with writing(house.engine) as connection:
            asking.dismiss(connection, house.child.subject_id, house.her.subject_id, at=at)
        try:
            assert browser.post(f"{theirs}/choose", data={"claim": ["0"]}).json()["code"] == "SESSION_UNKNOWN"
            assert browser.post(f"{theirs}/leaked").json()["code"] == "SESSION_UNKNOWN"
        finally:
            with writing(house.engine) as connection:
                subjects = house.child.subject_id, house.her.subject_id
                asking.appoint(connection, *subjects, "child", at=at + 1, until=at + 3600)


def test_no_page_of_an_installations_holder_holds_a_verdict(house: House) -> None:
    with house.browser() as browser:
        address = house.arrive(browser)
        own = address.replace("certificate", "own")
        (record, *_) = re.findall(r'id="r-(\w+)"', browser.get("/en/records").text)
        paths = (
            address,
            own,
            f"{address}/leaked",
            f"/en/records/{record}/wrong",
            "/en/records",
            "/en/looks",
            "/en/code",
        )
        for path in (*paths, "/en/code/show", "/en/code/declare", "/en/certificates", "/en/wallet", "/en/kept"):
            for there in (path, path.replace("/en/", "/zh/")):
                page = browser.get(there)
                assert page.status_code == 200, there
                assert not VERDICT.search(said(page)), (there, VERDICT.search(said(page)))


def test_a_device_keeps_both_pages_with_one_worker(house: House) -> None:
    with house.browser() as browser:
        worker = browser.get("/worker.js").text
        for path in ("/en/kept", "/zh/kept", "/en/wallet", "/static/kept.js", "/static/wallet.js"):
            assert f'"{path}"' in worker
            assert browser.get(path).status_code == 200
