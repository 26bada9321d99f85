"""Foreign certificates as national evidence: what is refused, and that nothing is taken in silence."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from pratique import revocation
from pratique.bundle import REVOCATION
from pratique.cli import _records
from pratique.formats.vds_nc import _codes
from pratique.issuing import issue
from pratique.model import dcc, uvci
from pratique.model.certificate import Evidence, TestKind, Vaccination, choose
from pratique.model.foreign import converted
from pratique.model.valueset import COVID_19, ICD_11, SNOMED, Code
from pratique.revocation import RevocationList
from pratique.sandbox.border import bundle_files
from pratique.trust import Environment, TrustList
from pratique.trust.x509 import anchor
from pratique.verification import verify
from tests import cards, seals, wire
from tests.cases.known import SIGNER as CARDS
from tests.cli.conftest import WHEN, Desk, Shell
from tests.issuer import AT
from tests.seals import Root, dose, event, tested, vaccinated

ROOT = Root("XB", "XB health root")
SIGNER = ROOT.signer("XB")
SEAL = seals.seal(SIGNER, seals.data(vaccinated(event(dose(), dose(dvc="2021-04-03", seq=2)))))


@pytest.fixture
def trusted(tmp_path: Path, desk: Desk) -> Path:
    """A list of the sandbox: XA's signer, and XB's root."""
    keys = TrustList.from_json(desk.list_file.read_bytes()).keys
    listed = TrustList(keys, anchors=[anchor(ROOT.certificate)], environment=Environment.SANDBOX)
    file = tmp_path / "world.json"
    file.write_bytes(listed.to_json())
    return file


class Desked:
    """`convert` with what every question of these tests has."""

    def __init__(self, shell: Shell, trusted: Path) -> None:
        self.shell, self.trusted = shell, trusted

    def __call__(self, *words: object, country: str = "XC") -> Any:
        common = ("--trust", self.trusted, "--at", WHEN, "--country", country, "--issuer", "Ministry of XC")
        return self.shell("convert", *common, *words)

    def told(self, *words: object, country: str = "XC") -> dict[str, Any]:
        return json.loads(self("--json", *words, country=country).out.splitlines()[0])


@pytest.fixture
def convert(shell: Shell, trusted: Path) -> Desked:
    return Desked(shell, trusted)


# refused


def test_what_is_not_authentic_is_not_taken_in(convert: Desked, desk: Desk) -> None:
    ended = {"at": AT - timedelta(days=2), "expires": AT - timedelta(days=1)}
    old = issue(choose(desk.certificate, desk.certificate.claims[0]), format="ithc", signer=desk.signer, **ended)
    for scan, code, reason in (
        (old, 1, "EXPIRED"),
        (desk.unknown, 2, "KEY_UNKNOWN"),
        (SEAL.replace("ERIKA", "ERIKO"), 1, "SIGNATURE_INVALID"),
        (seals.seal(SIGNER, seals.data(is_="ZZC")), 1, "KEY_ISSUER_MISMATCH"),
        ("HC1:6BF", 1, "COMPRESSION_BROKEN"),
    ):
        ran = convert(scan)
        assert (ran.code, ran.out) == (code, ""), scan[:20]
        assert "refused, it is not known to be authentic" in ran.err
        assert reason in ran.err
        told = convert.told(scan)
        assert (told["converted"], told["records"], told["claims"]) == (False, None, [])
        assert reason in told["reasons"]


def test_what_was_withdrawn_is_not_taken_in(shell: Shell, trusted: Path, tmp_path: Path) -> None:
    world = TrustList.from_json(trusted.read_bytes())
    withdrawn = RevocationList(AT, AT + timedelta(days=1), verify(SEAL, trust_list=world, at=AT).identifiers)
    for name, changes, code in (("clean", {}, 0), ("withdrawn", {REVOCATION: revocation.to_bytes(withdrawn)}, 1)):
        folder = tmp_path / name
        for place, data in (bundle_files(world, number=1, at=AT) | changes).items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_bytes(data)
        ran = shell("convert", "--bundle", folder, "--at", WHEN, "--country", "XC", "--issuer", "Ministry of XC", SEAL)
        assert (ran.code, bool(ran.out)) == (code, code == 0), ran.err
        assert ("REVOKED" in ran.err) is (code == 1)
        assert "REVOCATION_NOT_ASKED" not in ran.err


def test_what_was_not_asked_is_said(convert: Desked) -> None:
    ran = convert(SEAL)
    assert ran.code == 0
    assert "REVOCATION_NOT_ASKED" in ran.err
    assert convert.told(SEAL)["reasons"] == ["REVOCATION_NOT_ASKED"]


def test_nothing_is_trusted_by_itself(shell: Shell) -> None:
    ran = shell("convert", "--country", "XC", "--issuer", "X", "--at", WHEN, SEAL)
    assert (ran.code, ran.out) == (2, "")
    assert "KEY_UNKNOWN" in ran.err


def test_a_certificate_of_ones_own_is_no_foreign_one(convert: Desked, desk: Desk) -> None:
    ran = convert(desk.good, country="XA")
    assert (ran.code, ran.out) == (1, "")
    assert "no foreign certificate" in ran.err


def test_a_card_of_ones_own_is_no_foreign_one(shell: Shell, tmp_path: Path) -> None:
    card, listed = cards.card(CARDS), tmp_path / "cards.json"
    keys = {"issuer": cards.ISSUER, "keys": [cards.jwk(CARDS)]}
    listed.write_text(json.dumps(keys), encoding="utf-8")
    common = ("convert", "--at", WHEN, "--country", "XA", "--issuer", "Ministry of XA", "--trust", listed)
    for words, code, foreign in (
        ((), 0, None),
        (("--own", cards.ISSUER), 1, False),
        (("--own", "https://health.xb.example/cards"), 0, True),
        (("--own", "https://health.xb.example/cards", "--own", cards.ISSUER), 1, False),
    ):
        ran = shell(*common, *words, card)
        assert (ran.code, bool(ran.out)) == (code, code == 0), words
        assert ("nothing tells whether" in ran.err) is (foreign is None)
        assert ("no foreign certificate" in ran.err) is (foreign is False)
        told = json.loads(shell(*common, *words, "--json", card).out)
        assert (told["foreign"], told["converted"]) == (foreign, code == 0)
    # the key that signs the country's certificates as well
    (both := tmp_path / "dsc.der").write_bytes(CARDS.certificate)
    assert shell(*common, "--trust", both, card).code == 1


def test_another_persons_certificate(convert: Desked, desk: Desk) -> None:
    ran = convert("--document", f"@{desk.folder / 'brother.txt'}", desk.good)
    assert (ran.code, ran.out) == (1, "")
    assert "this person's" in ran.err
    assert convert("--document", f"@{desk.folder / 'passport.txt'}", desk.good).code == 0
    assert convert.told("--document", f"@{desk.folder / 'passport.txt'}", desk.good)["person"] == "exact"


def test_a_disease_that_is_not_recorded(convert: Desked) -> None:
    scan = seals.seal(SIGNER, seals.data(vaccinated(event(dis="1F03"))))
    ran = convert(scan)
    assert (ran.code, ran.out) == (1, "")
    assert "RECORD_CONDITION" in ran.err
    mixed = seals.seal(SIGNER, seals.data(vaccinated(event(dis="1F03"), event())))
    told = convert.told(mixed)
    assert (told["converted"], len(told["claims"])) == (True, 1)
    assert told["left_out"] == [{"claim": 1, "reason": "RECORD_CONDITION"}]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--country", "Utopia"), "--country"),
        (("--country", "QQ"), "--country"),
        (("--issuer", "two\nlines"), "--issuer"),
        (("--to", "paper"), "--to"),
        (("--bundle", "."), "--bundle"),
    ],
)
def test_what_cannot_be_used(shell: Shell, trusted: Path, words: tuple[str, ...], said: str) -> None:
    given = {"--country": "XC", "--issuer": "X"} | {words[0]: words[1]}
    ran = shell("convert", "--trust", trusted, *(word for pair in given.items() for word in pair), SEAL)
    assert (ran.code, ran.out) == (3, "")
    assert said in ran.err


def test_of_several_scans_the_worst_counts(convert: Desked, desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "scans.txt"
    file.write_text(f"{SEAL}\n{desk.unknown}\n", encoding="ascii")
    ran = convert("--json", file)
    assert ran.code == 2
    assert [json.loads(line)["converted"] for line in ran.out.splitlines()] == [True, False]


# taken in


def test_a_seal_becomes_records(convert: Desked) -> None:
    ran = convert(SEAL)
    assert ran.code == 0
    for said in (
        "vds-nc of XB",
        "evidence: foreign certificate; country: XB; identifier: URN:UVCI:01:XC:",
        "its identifier in the certificate: none of its own",
        "prophylaxis: XM68M6 (http://id.who.int/icd/release/11/mms) became 28531000087107",
    ):
        assert said in ran.err
    whole = _records.certificate_of(
        json.loads(ran.out), issuer="Ministry of XC", country=None, home="XC", evidence=Evidence.REGISTRY
    )
    first, second = whole.claims
    assert isinstance(first, Vaccination)
    assert {(claim.country, claim.evidence) for claim in whole.claims} == {("XB", Evidence.FOREIGN_CERTIFICATE)}
    assert (str(first.date), first.dose, first.product and first.product.value) == ("2021-03-03", 1, "EU/1/20/1528")
    assert first.uvci != second.uvci
    assert uvci.country_of(first.uvci) == "XC"
    assert uvci.check_agrees(first.uvci) is True
    assert whole.holder.name.family_icao == "MUSTERFRAU"


def test_the_records_can_be_issued_again(convert: Desked, desk: Desk) -> None:
    told = convert.told("--to", "claims", SEAL)
    certificate = dcc.from_dcc(told["records"])
    assert [claim.evidence for claim in certificate.claims] == [Evidence.FOREIGN_CERTIFICATE] * 2
    assert [claim.issuer for claim in certificate.claims] == ["Ministry of XC"] * 2
    signer = seals.Root("XC").signer("XC", purposes=(), types=())
    assert issue(structs.replace(certificate, specimen=True), format="ithc", signer=signer, at=AT)


def signed_again(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bundle: str, *words: object) -> Any:
    """What XC signs of a bundle of `convert`, at registry grade if it could."""
    monkeypatch.setenv("PRATIQUE_PASSPHRASE", "correct horse battery staple")
    records, keys = tmp_path / "records.json", tmp_path / "keys"
    records.write_text(bundle, encoding="utf-8")
    if not keys.exists():
        assert shell("keys", "new", "--country", "XC", "--out", keys).code == 0
    sign = ("issue", "--format", "ithc", "--specimen", "--key", keys / "dsc.key.pem", "--issuer", "Registry of XC")
    return shell(*sign, "--evidence", "registry", *words, records)


def test_foreign_evidence_is_not_lifted_by_issuing_it(
    convert: Desked, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = signed_again(shell, tmp_path, monkeypatch, convert(SEAL).out, "--claim", 1)
    assert ran.code == 0, ran.err
    for said in (
        "claim 1: its country stays XB, as its record says, and is not XC",
        "claim 1: its evidence stays foreign-certificate, as its record says, and is not registry",
        "vouched for by Ministry of XC; in what is signed now Registry of XC does",
    ):
        assert said in ran.err
    told = json.loads(shell("verify", "--sandbox", "--trust", tmp_path / "keys" / "dsc.pem", "--json", ran.out).out)
    (dose,) = told["certificate"]["v"]
    assert (dose["co"], dose["ev"], dose["is"]) == ("XB", Evidence.FOREIGN_CERTIFICATE, "Registry of XC")


def test_an_event_somewhere_abroad_is_none_at_home(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = tmp_path / "cards.json"
    listed.write_text(json.dumps({"issuer": cards.ISSUER, "keys": [cards.jwk(CARDS)]}), encoding="utf-8")
    took = ("convert", "--trust", listed, "--at", WHEN, "--country", "XC", "--issuer", "Ministry of XC")
    bundle = shell(*took, cards.card(CARDS)).out
    refused = signed_again(shell, tmp_path, monkeypatch, bundle)
    assert (refused.code, refused.out) == (1, "")
    assert "name it with --country" in refused.err
    ran = signed_again(shell, tmp_path, monkeypatch, bundle, "--country", "XB")
    assert ran.code == 0, ran.err
    told = json.loads(shell("verify", "--sandbox", "--trust", tmp_path / "keys" / "dsc.pem", "--json", ran.out).out)
    assert {(dose["co"], dose["ev"]) for dose in told["certificate"]["v"]} == {("XB", Evidence.FOREIGN_CERTIFICATE)}


def test_where_it_came_from_is_told(convert: Desked) -> None:
    told = convert.told(seals.seal(SIGNER))
    assert told["foreign"] is True
    assert told["certificate"] == {
        "format": "vds-nc",
        "issuer": "XB",
        "key_id": SIGNER.key.kid.hex(),
        "identifiers": [["uvci", "ZZB:SB70200415"]],
        "specimen": True,
    }
    (claim,) = told["claims"]
    assert claim["original_identifier"] == "SB70200415"
    assert claim["mapped"] == [
        {
            "field": "prophylaxis",
            "given": {"system": ICD_11, "value": "XM68M6"},
            "national": {"system": SNOMED, "value": "28531000087107"},
        }
    ]
    assert claim["kept"] == []
    assert "L01X00T47" not in json.dumps(told)


def test_what_is_not_mapped_is_kept_and_said(convert: Desked) -> None:
    scan = seals.seal(SIGNER, seals.data(vaccinated(event(nam="A vaccine of ours", des="XM0000"))))
    kept = convert.told(scan)["claims"][0]["kept"]
    assert kept == [
        {"field": "prophylaxis", "code": {"system": ICD_11, "value": "XM0000"}},
        {"field": "product", "code": {"system": _codes.BRANDS, "value": "A vaccine of ours"}},
    ]
    assert "product: A vaccine of ours (urn:x-vds-nc:nam) is not mapped, and stays open to rules" in convert(scan).err


@pytest.mark.parametrize(
    ("word", "kind"),
    [("molecular(PCR)", TestKind.MOLECULAR), ("antigen", TestKind.ANTIGEN), ("antibody", TestKind.ANTIBODY)],
)
def test_tests_are_read_again_as_what_they_were(convert: Desked, word: str, kind: TestKind) -> None:
    scan = seals.seal(SIGNER, seals.data(tested(tr={"tc": word, "r": "positive"}), t="icao.test"))
    bundle = convert.told(scan)["records"]
    whole = _records.certificate_of(bundle, issuer="X", country=None, home="XC", evidence=None)
    (test,) = whole.claims
    assert (test.kind, test.detected, test.disease) == (kind, True, COVID_19)  # type: ignore[union-attr]


def test_a_name_in_two_scripts_stays_in_both(convert: Desked, desk: Desk) -> None:
    bundle = convert.told(desk.good)["records"]
    whole = _records.certificate_of(bundle, issuer="X", country=None, home="XC", evidence=None)
    assert whole.holder.name == desk.certificate.holder.name


def test_a_grade_is_never_raised(desk: Desk) -> None:
    claim = desk.certificate.claims[0]
    identifier = uvci.from_record_id("XC", bytes(16))
    for stated, expected in (
        (None, Evidence.FOREIGN_CERTIFICATE),
        (Evidence.ADMINISTERED, Evidence.FOREIGN_CERTIFICATE),
        (Evidence.FOREIGN_CERTIFICATE, Evidence.FOREIGN_CERTIFICATE),
        (Evidence.PAPER_SEEN, Evidence.PAPER_SEEN),
        (Evidence.SELF_DECLARED, Evidence.SELF_DECLARED),
    ):
        made = converted(structs.replace(claim, evidence=stated), uvci=identifier, issuer="X")
        assert made is not None
        assert (made.claim.evidence, made.claim.uvci, made.original) == (expected, identifier, claim.uvci)
    other = structs.replace(claim, disease=Code(SNOMED, "1"))
    assert converted(other, uvci=identifier, issuer="X") is None


def test_an_exemption_has_no_resource_and_is_a_claim(convert: Desked, desk: Desk) -> None:
    exemption = {"tg": "840539006", "co": "XA", "is": "X", "ci": uvci.from_record_id("XA", bytes(16)), "ev": 4}
    certificate = dcc.from_dcc(wire.dcc(v=None, x=[exemption | {"df": "2021-01-01", "du": "2021-12-31"}]))
    scan = issue(choose(certificate, *certificate.claims), format="ithc", signer=desk.signer, at=AT - timedelta(days=1))
    told = convert.told(scan)
    assert (told["converted"], told["left_out"]) == (False, [{"claim": 1, "reason": "RECORD_KIND"}])
    assert convert.told("--to", "claims", scan)["records"]["x"][0]["ev"] == Evidence.FOREIGN_CERTIFICATE
