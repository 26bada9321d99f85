"""Whatever is shown gets a verdict, and nothing that is not authentic ever makes it an acceptance."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from pratique import admit
from pratique.admission import Admission, Verdict
from pratique.answering import compose
from pratique.answering.words import Word, next_step, three
from pratique.model.certificate import AnyClaim, Certificate
from pratique.model.journey import Journey
from pratique.model.reasons import Fact, Reason
from pratique.model.valueset import YELLOW_FEVER
from pratique.texts.saying import say
from pratique.verification import Verification
from tests.admission.test_ways import ANY_CLAIM
from tests.strategies import certificates
from tests.travel import ANNA, ARRIVE, BUNDLE, FORGED, NOW, UNKNOWN, UNREADABLE, XA, XB, dose, told

THREE = st.sampled_from([True, False, None])
CONTENTS = st.one_of(
    st.none(),
    certificates(),
    st.builds(lambda claims: Certificate(ANNA, tuple(claims)), st.lists(ANY_CLAIM, max_size=4)),
)


@st.composite
def verifications(draw: st.DrawFn) -> Verification:
    """Anything that a verifier may have found, consistent or not."""
    facts = {fact.value: draw(THREE) for fact in Fact}
    if draw(st.booleans()):
        facts = dict.fromkeys(facts, True)
    reasons = draw(
        st.lists(st.sampled_from([Reason.REVOCATION_NOT_ASKED, Reason.EXPIRED, Reason.KEY_UNKNOWN]), max_size=2)
    )
    return Verification(
        format=draw(st.sampled_from(["eu-dcc", "ithc", "shc", None])),
        reasons=tuple(reasons),
        content=draw(CONTENTS),
        issuer=draw(st.sampled_from(["XA", "XB", "AT", None])),
        issued=draw(st.none() | st.just(NOW)),
        expires=draw(st.none() | st.sampled_from([NOW, ARRIVE.replace(year=2030)])),
        key_id=draw(st.none() | st.just(bytes(8))),
        **facts,
    )


JOURNEYS = st.sampled_from([XA, XB, structs.replace(XA, of_right=True), structs.replace(XB, origin="CN")])


@settings(max_examples=25)
@given(st.lists(verifications(), max_size=4), JOURNEYS)
def test_any_verifications_get_a_verdict(shown: Sequence[Verification], journey: Journey) -> None:
    verdict = admit(shown, bundle=BUNDLE, journey=journey, at=NOW)
    used = [told for number, told in enumerate(shown) if number not in {each.number for each in verdict.set_aside}]
    assert all(told.authentic is True for told in used)
    if verdict.outcome is Admission.ACCEPTED:
        assert used or not shown
        assert verdict.consequence is not None
    if verdict.outcome is Admission.OPEN:
        assert verdict.consequence is None
        assert verdict.reasons
    for language in ("en", "zh"):
        assert all(say(each, language) for each in verdict.explanation)
    assert_answered(shown, journey, verdict)


def assert_answered(shown: Sequence[Verification], journey: Journey, verdict: Verdict) -> None:
    answer = compose(shown, at=NOW, bundle=BUNDLE, journey=journey)
    assert answer.verdict == verdict
    said = three(answer)
    assert [each.question for each in said] == ["genuine", "person", "accepted"]
    assert said[1].word is not Word.YES
    if answer.authentic is not True:
        assert said[0].word is not Word.YES
    assert say(next_step(answer))


@settings(max_examples=25)
@given(st.lists(ANY_CLAIM, min_size=1, max_size=3), JOURNEYS, st.integers(0, 4))
def test_what_proves_nothing_changes_no_acceptance(claims: list[AnyClaim], journey: Journey, which: int) -> None:
    shown = [told(*claims)]
    before = admit(shown, bundle=BUNDLE, journey=journey, at=NOW)
    irrelevant = [
        FORGED,
        UNKNOWN,
        UNREADABLE,
        told(structs.replace(dose(2), disease=YELLOW_FEVER)),
        shown[0],
    ][which]
    after = admit([*shown, irrelevant], bundle=BUNDLE, journey=journey, at=NOW)
    if before.accepted:
        assert after.accepted is True
        assert (after.consequence, after.routes) == (before.consequence, before.routes)
    if which == 4:
        assert after.outcome is before.outcome
    if before.accepted is False:
        assert after.accepted is not True


@settings(max_examples=25)
@given(st.lists(ANY_CLAIM, min_size=2, max_size=4), JOURNEYS, st.randoms())
def test_neither_the_order_nor_the_number_of_certificates_matters(
    claims: list, journey: Journey, random: object
) -> None:
    together = admit([told(*claims)], bundle=BUNDLE, journey=journey, at=NOW)
    shuffled = [told(claim) for claim in claims]
    random.shuffle(shuffled)
    apart = admit(shuffled, bundle=BUNDLE, journey=journey, at=NOW)
    assert (apart.outcome, apart.consequence, apart.routes) == (together.outcome, together.consequence, together.routes)
