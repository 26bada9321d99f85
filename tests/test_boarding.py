"""One word for a carrier: what is a no, what is open, and that nothing of a certificate is said."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from pratique.answering.boarding import Passenger, Result, check, check_all, counts
from pratique.bundle import Bundle
from pratique.model import mrz
from pratique.model.consequence import ConsequenceKind
from pratique.model.journey import Journey, Leg
from pratique.model.reasons import Reason
from pratique.sandbox import traveller
from pratique.trust import Environment, TrustList
from tests.web.houses import AT, claims, release, scan

MEIMEI = traveller.PASSPORT
BROTHER = traveller.BROTHERS_PASSPORT


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return release(tmp_path_factory.mktemp("release"))


@pytest.fixture(scope="module")
def journey() -> Journey:
    return Journey((Leg("XB", AT + timedelta(hours=20), "XBHAV"),))


def result(bundle: Bundle, journey: Journey, *scans: str, document: object = MEIMEI, of_right: bool = False) -> Result:
    passenger = Passenger("12A", scans, document, of_right)  # type: ignore[arg-type]
    return check(passenger, bundle=bundle, journey=journey, at=AT).result


def test_refusals(bundle: Bundle, journey: Journey) -> None:
    good = scan()
    flipped = good[:-20] + ("A" if good[-20] != "A" else "B") + good[-19:]
    assert result(bundle, journey, flipped) is Result.NOK
    assert result(bundle, journey, good, document=BROTHER) is Result.NOK
    assert result(bundle, journey, good, flipped) is Result.NOK
    assert result(bundle, journey, "nonsense") is Result.NOK
    assert result(bundle, journey) is Result.NOK  # XB asks the untested to stay ten days
    assert result(bundle, journey, good) is Result.OK


def test_what_is_not_decided_is_no_refusal(bundle: Bundle, journey: Journey) -> None:
    good = scan()
    nobody = structs.replace(bundle, trust_list=TrustList([], environment=Environment.SANDBOX))
    assert result(nobody, journey, good) is Result.CHECK
    assert result(bundle, journey, good, document=None) is Result.CHECK
    elsewhere = Journey((Leg("DE", AT + timedelta(hours=20)),))
    assert result(bundle, elsewhere, good) is Result.CHECK
    assert result(bundle, elsewhere) is Result.CHECK
    later = structs.replace(bundle, parts={name: structs.replace(part, fresh_until=AT - timedelta(hours=1))
                                           for name, part in bundle.parts.items()})  # fmt: skip
    assert result(later, journey, good) is Result.CHECK


def test_the_consequence_follows_where_it_is_decided(bundle: Bundle, journey: Journey) -> None:
    told = check(Passenger("12A", (scan(),), MEIMEI), bundle=bundle, journey=journey, at=AT)
    assert told.consequence is not None
    assert told.consequence.kind is ConsequenceKind.FREE
    without = check(Passenger("12B", (), MEIMEI), bundle=bundle, journey=journey, at=AT)
    assert without.consequence is not None
    assert without.consequence.kind is ConsequenceKind.QUARANTINE
    open_one = check(Passenger("12C", (scan(),), None), bundle=bundle, journey=journey, at=AT)
    assert open_one.consequence is None


def test_nothing_of_a_certificate_is_said(bundle: Bundle, journey: Journey) -> None:
    for scans in ((scan(),), (), (scan(claims()[0]),)):
        told = msgspec.json.encode(check(Passenger("12A", scans, MEIMEI), bundle=bundle, journey=journey, at=AT))
        for word in (
            b"HAN",
            b"MEIMEI",
            b"XA1234567",
            b"vaccin",
            b"1990",
            b"route",
            *(c.uvci.encode() for c in claims()),
        ):
            assert word not in told
        assert not any(reason.startswith("ENTRY_RULE") for reason in msgspec.json.decode(told)["reasons"])


def test_whoever_is_not_reached_in_time_is_check(bundle: Bundle, journey: Journey) -> None:
    list_ = [Passenger(str(number), (scan(),), MEIMEI) for number in range(3)]
    over = iter([False, True, True])
    seen: list[str] = []
    found = check_all(
        list_, bundle=bundle, journey=journey, at=AT, out_of_time=lambda: next(over),
        progress=lambda each: seen.append(each.reference),
    )  # fmt: skip
    assert [each.result for each in found] == [Result.OK, Result.CHECK, Result.CHECK]
    assert [each.in_time for each in found] == [True, False, False]
    assert counts(found) == {Result.OK: 1, Result.NOK: 0, Result.CHECK: 2}
    assert seen == ["0", "1", "2"]


def test_of_right_is_a_passengers_own(bundle: Bundle) -> None:
    journey = Journey((Leg("XA", AT + timedelta(hours=20), "XAHAV"),))
    stranger = check(Passenger("1", (), MEIMEI), bundle=bundle, journey=journey, at=AT)
    at_home = check(Passenger("2", (), MEIMEI, of_right=True), bundle=bundle, journey=journey, at=AT)
    assert stranger.consequence != at_home.consequence
    assert at_home.consequence is None or at_home.consequence.kind is not ConsequenceKind.NOT_ADVISED
    assert Reason.ENTRY_NO_PROOF in stranger.reasons


def test_a_passport_is_needed_to_say_ok(bundle: Bundle, journey: Journey, tmp_path: Path) -> None:
    assert mrz.parse(mrz.write(MEIMEI)) == MEIMEI
    assert result(bundle, journey, scan(), document=mrz.parse(mrz.write(MEIMEI))) is Result.OK
