"""SMART Health Cards on the command line: files, codes, keys, key sets, and what is issued."""

import json
from pathlib import Path

import pytest

from pratique import qr
from pratique.model import uvci
from pratique.sandbox import traveller
from tests import cards
from tests.cases import keysets
from tests.cases.known import SIGNER, STRANGER, ec_key
from tests.cli.conftest import WHEN, Shell
from tests.issuer import AT, MemorySigner

GOOD = cards.card(SIGNER)
LONG = cards.card(SIGNER, cards.patient(), cards.immunization(), cards.immunization("207", lotNumber="0" * 900))


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    path = tmp_path / "issuer.json"
    path.write_text(json.dumps({"issuer": cards.ISSUER, "keys": [cards.jwk(SIGNER)]}), encoding="utf-8")
    return path


def answers(shell: Shell, trust: Path, *words: object, stdin: bytes = b"") -> tuple[int, list[dict]]:
    ran = shell("verify", "--trust", trust, "--at", WHEN, "--json", *words, stdin=stdin)
    return ran.code, [json.loads(line) for line in ran.out.splitlines()]


def test_a_card_in_every_form(shell: Shell, trust: Path, tmp_path: Path) -> None:
    file, text, picture = tmp_path / "one.smart-health-card", tmp_path / "one.txt", tmp_path / "one.png"
    file.write_text(json.dumps({"verifiableCredential": [GOOD]}, indent=2), encoding="utf-8")
    text.write_text(cards.numeric(GOOD), encoding="utf-8")
    picture.write_bytes(qr.png(cards.numeric(GOOD), level=qr.Level.L))
    for argument in (GOOD, cards.numeric(GOOD), json.dumps({"verifiableCredential": [GOOD]}), file, text, picture):
        code, told = answers(shell, trust, argument)
        assert code == 0, argument
        assert [one["authentic"] for one in told] == [True]
        assert told[0]["issuer"] == cards.ISSUER
        assert told[0]["key_id"] == cards.kid(SIGNER)
        assert told[0]["expires"] is None


def test_a_key_in_everybodys_hands_is_named(shell: Shell, trust: Path, tmp_path: Path) -> None:
    said = "a key that anybody can sign with: its private half is in test vectors of this repository"
    assert said in shell("verify", "--trust", trust, "--at", WHEN, GOOD).err
    fresh, drawn = MemorySigner(), tmp_path / "fresh.json"
    drawn.write_text(json.dumps({"issuer": cards.ISSUER, "keys": [cards.jwk(fresh)]}), encoding="utf-8")
    assert "anybody" not in shell("verify", "--trust", drawn, "--at", WHEN, cards.card(fresh)).err


def test_each_card_of_a_file_has_its_own_answer(shell: Shell, trust: Path, tmp_path: Path) -> None:
    file = tmp_path / "several.smart-health-card"
    several = [GOOD, cards.card(STRANGER), GOOD[:-3]]
    file.write_text(json.dumps({"verifiableCredential": several}), encoding="utf-8")
    code, told = answers(shell, trust, file)
    assert code == 1
    assert [one["authentic"] for one in told] == [True, None, False]
    assert [one["source"] for one in told] == [{"file": str(file), "code": number} for number in (1, 2, 3)]
    file.write_text('{"verifiableCredential": 7}', encoding="utf-8")
    assert answers(shell, trust, file)[1][0]["reasons"] == ["CONTENT_FIELD_TYPE"]


def test_the_codes_of_one_card_are_one_scan(shell: Shell, trust: Path, tmp_path: Path) -> None:
    one, two, three = cards.chunks(LONG, 3)
    lines = "\n".join([cards.numeric(GOOD), three, three, one, two, cards.numeric(GOOD)]).encode()
    code, told = answers(shell, trust, "-", stdin=lines)
    assert (code, [one["authentic"] for one in told]) == (0, [True, True, True])
    assert [one["source"]["line"] for one in told] == [1, 2, 6]
    pictures = []
    for number, chunk in enumerate((two, one, three)):
        pictures.append(tmp_path / f"{number}.png")
        pictures[-1].write_bytes(qr.png(chunk, level=qr.Level.L))
    code, told = answers(shell, trust, *pictures)
    assert (code, len(told), told[0]["authentic"]) == (0, 1, True)
    code, told = answers(shell, trust, *pictures[:2], GOOD)
    assert (code, [one["reasons"][0] for one in told]) == (2, ["CHUNK_MISSING", "REVOCATION_NOT_ASKED"])


def test_keys_that_say_not_whose_they_are(shell: Shell, tmp_path: Path) -> None:
    bare = tmp_path / "jwks.json"
    bare.write_text(json.dumps({"keys": [cards.jwk(SIGNER)]}), encoding="utf-8")
    ran = shell("verify", "--trust", bare, GOOD)
    assert ran.code == 3
    assert "TRUST_ISSUER" in ran.err
    ran = shell("verify", "--trust", tmp_path, GOOD)
    assert ran.code == 3
    assert "skipped, The keys do not say" in ran.err


def test_what_is_left_out_of_a_key_set_is_said(shell: Shell, trust: Path) -> None:
    odd = [cards.jwk(SIGNER, use=None), cards.jwk(STRANGER, d="AQAB"), {"kty": "RSA", "kid": "r"}]
    trust.write_text(json.dumps({"issuer": cards.ISSUER, "keys": odd}), encoding="utf-8")
    ran = shell("verify", "--trust", trust, "--at", WHEN, GOOD)
    assert ran.code == 0
    for said in (
        "ALARM TRUST_PRIVATE_KEY",
        "keys[1] left out",
        "keys[2] left out, TRUST_KEY_KIND",
        "TRUST_KEY_UNMARKED",
    ):
        assert said in ran.err
    assert "AQAB" not in ran.err


def test_a_snapshot_of_the_directory(shell: Shell, tmp_path: Path) -> None:
    snapshot = tmp_path / "vci_snapshot.json"
    entry = {"issuer": {"iss": cards.ISSUER, "name": "Health of XA"}, "keys": [cards.jwk(SIGNER)]}
    snapshot.write_text(json.dumps({"directory": "x", "time": "x", "issuerInfo": [entry]}), encoding="utf-8")
    assert answers(shell, snapshot, GOOD)[0] == 0
    assert answers(shell, snapshot, cards.card(SIGNER, iss="https://evil.example"))[1][0]["reasons"] == [
        "KEY_ISSUER_MISMATCH"
    ]


def test_the_directory_beside_a_snapshot_leaves_its_issuers(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "vci"
    folder.mkdir()
    snapshot, directory = folder / "vci_snapshot.json", folder / "vci-issuers.json"
    entry = {"issuer": {"iss": cards.ISSUER, "name": "Health of XA"}, "keys": [cards.jwk(SIGNER)]}
    snapshot.write_text(json.dumps({"issuerInfo": [entry]}), encoding="utf-8")
    for listed, code in (("https://health.xb.example/cards", 3), (cards.ISSUER, 0)):
        directory.write_text(json.dumps({"participating_issuers": [{"iss": listed}]}), encoding="utf-8")
        for trusted in (folder, snapshot):
            ran = shell("verify", "--trust", trusted, "--at", WHEN, GOOD)
            assert (ran.code, "TRUST_ISSUER_NOT_LISTED" in ran.err) == (code, code == 3), (listed, trusted)
            assert "no trust material" not in ran.err
    ran = shell("verify", "--trust", directory, GOOD)
    assert (ran.code, "beside a snapshot" in ran.err) == (3, True)
    directory.write_text("{}", encoding="ascii")  # nothing is allowed by what cannot be read
    ran = shell("verify", "--trust", snapshot, GOOD)
    assert (ran.code, "TRUST_UNREADABLE" in ran.err) == (3, True)


def test_roots_beside_a_key_set_are_asked_for_a_chain(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "cards"
    (anchors := folder / "card-anchors").mkdir(parents=True)
    (jwks := folder / "issuer.json").write_text(
        json.dumps({"issuer": cards.ISSUER, "keys": [keysets.chained(keysets.LEAF, keysets.AUTHORITY)]}),
        encoding="utf-8",
    )
    card = cards.card(MemorySigner(private_key=ec_key("card signer")))
    verify = ("verify", "--at", WHEN, "--trust")
    (anchors / "README").write_text("hello", encoding="ascii")
    ran = shell(*verify, jwks, card)
    assert (ran.code, "TRUST_EMPTY" in ran.err) == (3, True)
    assert shell(*verify, folder, card).code == 3
    for root, code, said in ((keysets.made("nobody"), 3, "TRUST_SIGNER"), (keysets.ROOT, 0, "README: skipped")):
        (anchors / "root.der").write_bytes(root)
        for trusted in (jwks, folder):
            ran = shell(*verify, trusted, card)
            assert (ran.code, said in ran.err) == (code, True), (trusted, ran.err)
    # those roots vouch for keys of cards alone, wherever the folder lies
    assert shell(*verify, anchors, card).code == 3
    jwks.unlink()
    assert shell(*verify, folder, card).code == 3


def test_a_card_layer_by_layer(shell: Shell) -> None:
    ran = shell("inspect", "--json", GOOD)
    told = json.loads(ran.out)
    assert ran.code == 0
    assert [layer["name"] for layer in told["layers"]] == [
        "SHC",
        "JWS",
        "JWS header",
        "DEFLATE",
        "JWT",
        "credential",
        "FHIR bundle",
    ]
    assert told["verified"] is False
    head, _, seal = GOOD.split(".")
    stopped = json.loads(shell("inspect", "--json", f"{head}.AAAA.{seal}").out)
    assert stopped["stopped"]["reasons"] == ["COMPRESSION_BROKEN"]
    assert [layer["name"] for layer in stopped["layers"]] == ["SHC", "JWS", "JWS header"]


def test_a_country_makes_keys_for_cards_and_issues_one(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRATIQUE_PASSPHRASE", "correct horse battery staple")
    keys, records = tmp_path / "keys", tmp_path / "records.json"
    identifiers = tuple(uvci.from_record_id("XA", bytes([n]) * 16) for n in range(traveller.RECORDS))
    records.write_text(json.dumps(traveller.bundle(AT, identifiers)), encoding="utf-8")
    assert "https" in shell("keys", "new", "--country", "XA", "--out", keys, "--url", f"{cards.ISSUER}/").err
    made = shell("keys", "new", "--country", "XA", "--out", keys, "--url", cards.ISSUER)
    assert (made.code, cards.ISSUER in made.out) == (0, True)
    sign = ("issue", "--format", "shc", "--key", keys / "dsc.key.pem", "--issuer", "Ministry", "--claim", "1")
    card, page = tmp_path / "card.png", tmp_path / "card.pdf"
    ran = shell(*sign, "--specimen", "--png", card, "--pdf", page, records)
    assert ran.code == 0, ran.err
    assert ran.out.startswith("shc:/")
    published = tmp_path / "jwks.json"
    assert f"{cards.ISSUER}/.well-known/jwks.json" in shell("keys", "jwks", keys / "dsc.pem", "--out", published).err
    named = tmp_path / "named.json"
    named.write_text(json.dumps({"issuer": cards.ISSUER} | json.loads(published.read_text("utf-8"))), encoding="utf-8")
    listed = tmp_path / "list.json"
    assert shell("keys", "trust", keys / "dsc.pem", "--out", listed, "--environment", "sandbox").code == 0
    for trusted in (keys / "dsc.pem", named, listed):
        for scan in (ran.out.strip(), card, page):
            told = shell("verify", "--json", "--sandbox", "--trust", trusted, scan)
            assert (told.code, json.loads(told.out)["authentic"]) == (0, True), (trusted, scan)
    production = json.loads(shell("verify", "--json", "--trust", keys / "dsc.pem", card).out)
    assert production["reasons"][-1] == "SPECIMEN"
