"""Three answers, never one tick: what each says, what comes next, and that nothing unverified is shown."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec import structs

from pratique import TrustList, answer, compose, issue
from pratique.answering import Answer
from pratique.answering.words import Said, Word, next_step, three
from pratique.bundle import Bundle
from pratique.identification import Match
from pratique.model import mrz
from pratique.model.certificate import Certificate
from pratique.model.mrz import MachineReadableZone
from pratique.model.reasons import Reason
from pratique.sandbox.border import bundle_files
from pratique.texts import LANGUAGES
from pratique.texts.saying import say
from pratique.trust import Environment
from pratique.verification import Verification
from tests import wire
from tests.admission.test_recognition import loaded
from tests.issuer import MemorySigner
from tests.travel import (
    ANNA,
    BERTIL,
    BUNDLE,
    FORGED,
    NOW,
    UNKNOWN,
    UNREADABLE,
    XB,
    dose,
    pcr,
    to,
    told,
)

COMPLETE = told(dose(60), dose(30))
STALE = structs.replace(COMPLETE, not_revoked=None, reasons=(Reason.REVOCATION_STALE,))
OVER = structs.replace(COMPLETE, in_period=False, reasons=(Reason.EXPIRED,))
ANNAS = mrz.parse("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10")


def composed(*shown: Verification, document: MachineReadableZone | None = None, **asked: Any) -> Answer:
    return compose(shown, **{"at": NOW, "bundle": BUNDLE, "journey": XB, "document": document} | asked)


def words(*shown: Verification, **asked: Any) -> list[Word]:
    return [said.word for said in three(composed(*shown, **asked))]


NOT, YES, NO, CHECK, COMPARE = Word.NOT_CHECKED, Word.YES, Word.NO, Word.CHECK, Word.COMPARE


@pytest.mark.parametrize(
    ("shown", "expected", "step"),
    [
        ([FORGED], [NO, NOT, NOT], "another"),
        ([UNREADABLE], [NOT, NOT, NOT], "scan"),
        ([UNKNOWN], [CHECK, NOT, NOT], "check"),
        ([], [NOT, NOT, NOT], "scan"),
        ([STALE], [CHECK, COMPARE, NOT], "check"),
        ([OVER], [NO, COMPARE, NOT], "another"),
        ([told(pcr(77))], [YES, COMPARE, NO], "not_accepted"),
        ([told(dose(60, "New"), dose(30, "New"))], [YES, COMPARE, CHECK], "check"),
        ([COMPLETE], [YES, COMPARE, YES], "compare"),
        ([COMPLETE, FORGED], [NO, NOT, YES], "another"),
    ],
)  # fmt: skip
def test_the_words(shown: list[Verification], expected: list[Word], step: str) -> None:
    assert words(*shown) == expected
    assert next_step(composed(*shown)).key == f"answer.next.{step}"


def test_a_document_settles_the_lines_and_never_the_face() -> None:
    assert words(COMPLETE, document=ANNAS)[1] is COMPARE
    different = composed(told(dose(60), holder=BERTIL), document=ANNAS)
    assert three(different)[1].word is NO
    assert next_step(different).key == "answer.next.another"
    close = structs.replace(ANNAS, given_icao="ANNA")
    assert "difference explained" in say(three(composed(COMPLETE, document=close))[1].sentences[0])


def test_of_several_certificates_the_one_that_agrees_least_counts() -> None:
    mixed = composed(COMPLETE, told(pcr(20), holder=BERTIL), document=ANNAS)
    assert mixed.person is not None
    assert mixed.person.match is Match.DIFFERENT
    assert composed(COMPLETE, FORGED, document=ANNAS).person is None


def test_without_a_journey_or_rules_the_third_question_is_not_answered() -> None:
    assert words(COMPLETE, journey=None)[2] is NOT
    assert composed(COMPLETE, journey=None).accepted is None
    empty = structs.replace(BUNDLE, rules={})
    assert words(COMPLETE, bundle=empty)[2] is NOT
    assert "No rules are loaded for XB" in say(three(composed(COMPLETE, bundle=empty))[2].sentences[0])


def everything_said(found: Answer) -> str:
    said: list[Said] = [*three(found)]
    sentences = [say(each, language) for language in LANGUAGES for one in said for each in one.sentences]
    return " ".join([*sentences, *(say(next_step(found), language) for language in LANGUAGES)])


PERSONAL = ("Eriksson", "ERIKSSON", "Anna", "ANNA", "1974", "Bertil", "1971")


@pytest.mark.parametrize("shown", [[COMPLETE], [FORGED], [UNKNOWN], [COMPLETE, told(dose(9), holder=BERTIL)]])
def test_the_words_name_nobody(shown: list[Verification]) -> None:
    said = everything_said(composed(*shown, document=ANNAS))
    assert [text for text in PERSONAL if text in said] == []


def test_nothing_of_a_forgery_is_shown() -> None:
    """Signed by a stranger under a trusted key id: read, it would name somebody."""
    signer, stranger = MemorySigner(), MemorySigner()
    forged = wire.scan(
        wire.cose(stranger, wire.cbor2.dumps(wire.cwt(wire.dcc())), protected={1: -7, 4: signer.key.kid})
    )
    trust = TrustList.from_certificates([signer.certificate], environment=Environment.SANDBOX)
    bundle = Bundle.from_files(bundle_files(trust, number=9, at=wire.AT))
    found = answer([forged], bundle=bundle, at=wire.AT, document=ANNAS, journey=to("XBHAV", wire.AT))
    assert (found.authentic, found.holder, found.certificates, found.person) == (False, None, (), None)
    printed = msgspec.json.encode(found.to_json()).decode() + everything_said(found)
    assert "MUSTERFRAU" not in printed.upper()
    assert "1998" not in printed
    genuine = answer([wire.hcert(signer, wire.dcc())], bundle=bundle, at=wire.AT)
    assert genuine.holder is not None
    assert "MUSTERFRAU" in msgspec.json.encode(genuine.to_json()).decode()


def test_the_way_of_a_scan() -> None:
    signer = MemorySigner(not_after=NOW + timedelta(days=900))
    scan = issue(Certificate(ANNA, (dose(60), dose(30))), format="ithc", signer=signer, at=NOW)
    trust = TrustList.from_certificates([signer.certificate], environment=Environment.SANDBOX)
    bundle = Bundle.from_files(bundle_files(trust, number=9, at=NOW))
    found = answer([scan], bundle=bundle, at=NOW, document=ANNAS, journey=XB)
    assert (found.authentic, found.accepted, found.bundle) == (True, True, 9)
    assert found.person is not None
    assert found.person.match is Match.EXACT
    told_as_json = msgspec.json.decode(msgspec.json.encode(found.to_json("zh")))
    assert told_as_json["verdict"]["consequence"] == {"kind": "free"}
    assert told_as_json["verdict"]["bundle"] == 9
    assert [each["format"] for each in told_as_json["certificates"]] == ["ithc"]


def test_the_age_of_the_lists() -> None:
    found = composed(COMPLETE, at=NOW + timedelta(hours=30))
    assert {each.name: (each.hours, each.stale) for each in found.lists} == {
        "trust.json": (30, True), "revocation.bin": (30, True), "rules/XB.json": (30, True),
    }  # fmt: skip
    assert found.stale
    assert found.accepted is None, "what rests on an old list is not decided"
    assert not composed(COMPLETE).stale
    assert "rules/XB.json" not in {each.name for each in composed(COMPLETE, journey=None).lists}


def test_the_age_of_agreements_where_rules_rest_on_them() -> None:
    bundle = loaded(fresh_until="2026-03-10T13:00:00Z")
    found = composed(COMPLETE, bundle=bundle, at=NOW + timedelta(hours=2))
    assert {each.name for each in found.lists if each.stale} == {"agreements.json"}
    assert found.accepted is None
    assert found.stale, "or nobody would see why nothing is decided"
    assert "agreements.json" not in {each.name for each in composed(COMPLETE, bundle=bundle, journey=None).lists}


def test_one_answer_as_a_page_shows_it() -> None:
    shown = three(composed(told(pcr(77))))[2].in_words("zh")
    assert (shown["question"], shown["answer"], shown["word"]) == ("此处是否认可", "否", Word.NO)
    assert "可行办法" in " ".join(shown["sentences"])  # type: ignore[arg-type]


def test_any_text_is_answered() -> None:
    found = answer(["", b"\xff", "HC1:", "https://example.org"], bundle=BUNDLE, at=NOW, journey=XB)
    assert found.authentic is False
    assert found.accepted is False
    assert len(found.verifications) == 4
