"""What others publish becomes a trust list that says what of it counts, and does not take a better one's place."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from asn1crypto import pem

from pratique import TrustList, revocation
from pratique.revocation import RevocationList, Source
from pratique.trust import Environment
from tests import foreign, masterlists
from tests.cases.known import SIGNER, base64
from tests.cli.conftest import Shell
from tests.issuer import MemorySigner
from tests.seals import Root

NETWORK = "did:web:tng.example:v2:trustlist:-:{}"


def did_document(*signers: tuple[str, MemorySigner]) -> bytes:
    """A list of WHO's network, each key under its participant."""
    methods = []
    for participant, signer in signers:
        controller = NETWORK.format(participant)
        chain = [base64(signer.certificate), base64(SIGNER.certificate)]
        named = {"did": f"{controller}:DSC", "kid": base64(signer.key.kid), "controller": controller}
        methods.append(foreign.method(signer, **named, publicKeyJwk=foreign.jwk(signer, x5c=chain)))
    return foreign.did_document(*methods, did=NETWORK.format("-"))


def test_a_networks_list_is_taken_with_a_report(tmp_path: Path, shell: Shell) -> None:
    xa, xb = MemorySigner("XA"), MemorySigner("XB")
    published, out = tmp_path / "did.json", tmp_path / "who.json"
    published.write_bytes(did_document(("UTO", xa), ("XXB", xb)))
    done = shell("trust", "take", published, "--out", out, "--environment", "test", "--days", 3)
    assert (done.code, done.out, done.err) == (0, "", "2 accepted, 0 refused\n")
    listed = TrustList.from_json(out.read_bytes())
    assert (len(listed), listed.environment) == (2, Environment.TEST)
    assert {key.issuer for key in listed.keys} == {"XA", "XB"}
    assert listed.issued
    assert listed.fresh_until
    assert (listed.fresh_until - listed.issued).days == 3
    before = out.read_bytes()
    document = json.loads(did_document(("UTO", xa), ("XXB", xb)))
    document["verificationMethod"][1]["controller"] = "did:web:elsewhere.example"
    published.write_text(json.dumps(document))
    again = shell("trust", "take", published, "--before", out, "--out", out)
    assert again.code == 1
    for said in ("verificationMethod[1]  TRUST_CONTROLLER", "1 accepted, 1 refused", "XB  TRUST_ISSUER_VANISHED"):
        assert said in again.err
    assert "TRUST_LIST_SHRANK" in again.err
    assert out.read_bytes() == before


def test_a_master_list_needs_the_root_of_its_signer(tmp_path: Path, shell: Shell) -> None:
    root = Root("XA", "XA root")
    signer = root.signer("XA", purposes=(masterlists.LIST_SIGNER,), types=())
    listed = masterlists.signed_list(masterlists.content_of(root.certificate), signer=signer)
    (tmp_path / "list.ml").write_bytes(listed)
    (tmp_path / "xa.pem").write_bytes(pem.armor("CERTIFICATE", root.certificate))
    words = ("trust", "take", tmp_path / "list.ml", "--out", tmp_path / "roots.json")
    assert "TRUST_SIGNER" in shell(*words).err
    done = shell(*words, "--anchor", tmp_path / "xa.pem")
    assert (done.code, done.err) == (0, "1 accepted, 0 refused\n")
    assert [root.issuer for root in TrustList.from_json((tmp_path / "roots.json").read_bytes()).anchors] == ["XA"]
    (tmp_path / "cut.ml").write_bytes(listed[:-40])
    cut = shell("trust", "take", tmp_path / "cut.ml", "--out", tmp_path / "roots.json", "--anchor", tmp_path / "xa.pem")
    assert (cut.code, cut.out) == (3, "")


def test_what_is_no_published_list(tmp_path: Path, shell: Shell) -> None:
    out = tmp_path / "out.json"
    for data in (b"", b"{}", b"[]", b'{"keys": 7}', b"\xff\xfe", TrustList(()).to_json(), b'{"id": "did:web:x"' * 3):
        (tmp_path / "in.json").write_bytes(data)
        ran = shell("trust", "take", tmp_path / "in.json", "--out", out)
        assert (ran.code, ran.out, out.exists()) == (3, "", False), data
    (tmp_path / "in.json").write_bytes(did_document())
    empty = shell("trust", "take", tmp_path / "in.json", "--out", out)
    assert (empty.code, empty.err, out.exists()) == (1, "0 accepted, 0 refused\nnothing was written\n", False)


def test_nobody_takes_in_a_key_that_everybody_has(tmp_path: Path, shell: Shell) -> None:
    """By whatever way it comes: outside rehearsals what it signs is anybody's."""
    out = tmp_path / "out.json"
    (tmp_path / "did.json").write_bytes(did_document(("UTO", SIGNER)))
    words = ("trust", "take", tmp_path / "did.json", "--out", out)
    refused = shell(*words)
    assert (refused.code, out.exists()) == (1, False)
    assert "TRUST_KEY_PUBLIC" in refused.err
    assert "0 accepted, 1 refused" in refused.err
    assert shell(*words, "--environment", "sandbox").code == 0
    out.unlink()
    (tmp_path / "letter.der").write_bytes(SIGNER.certificate)
    fingerprint = sha256(SIGNER.certificate).hexdigest()
    words = ("trust", "accept", tmp_path / "letter.der", "--out", out, "--by", "A. Li", "--fingerprint", fingerprint)
    refused = shell(*words, "--by", "B. Wu", "--fingerprint", fingerprint)
    assert (refused.code, out.exists()) == (3, False)
    assert "TRUST_KEY_PUBLIC" in refused.err


def batch(hashed: bytes, **changes: object) -> bytes:
    """A batch of the EU gateway, over a signature."""
    entry = {"hash": base64(sha256(hashed).digest()[:16])}
    stated = {"country": "XA", "expires": "2036-11-01T00:00:00Z", "kid": base64(SIGNER.key.kid)}
    return json.dumps(stated | {"hashType": "SIGNATURE", "entries": [entry]} | changes).encode()


def test_lists_of_withdrawals_are_taken_in_their_own_terms(tmp_path: Path, shell: Shell) -> None:
    for name, data in (
        ("one", batch(b"one")),
        ("two", batch(b"two", kid="UNKNOWN_KID")),
        ("ended", batch(b"three", expires="2021-11-01T00:00:00Z")),
        (
            "cards",
            json.dumps({"kid": "k", "method": "rid", "ctr": 1, "rids": ["MKyCxh7p6uQ", "a.1646347800"]}).encode(),
        ),
        ("renewed", json.dumps({"kid": "k", "method": "rid", "ctr": 2, "rids": ["a"]}).encode()),
    ):
        (tmp_path / name).write_bytes(data)
    listed = tmp_path / "revocation.bin"
    issuer = ("--issuer", "https://cards.xa.example/issuer")
    words = ("trust", "withdrawn", listed, "--batch", tmp_path / "one", tmp_path / "ended")
    done = shell(*words, "--cards", tmp_path / "cards", *issuer)
    assert (done.code, done.out) == (0, ""), done.err
    assert "1 batch, 1 list of cards" in done.err
    again = shell("trust", "withdrawn", listed, "--batch", tmp_path / "one", tmp_path / "two", "--cards",
                  tmp_path / "renewed", *issuer)  # fmt: skip
    assert again.code == 0, again.err
    found = revocation.from_bytes(listed.read_bytes())
    assert [each.kid for each in found.batches] == [SIGNER.key.kid, None]
    assert [(each.issuer, each.kid, set(each.rids)) for each in found.cards] == [(issuer[1], b"k", {"a"})]
    assert (found.fresh_until - found.issued).days == 7
    assert {each.name: (each.fresh_until - each.issued).days for each in found.sources} == {
        "revocation/XA": 7,
        f"revocation/{issuer[1]}": 7,
    }
    before = listed.read_bytes()
    for wrong in (
        ("--batch", tmp_path / "cards"),
        ("--cards", tmp_path / "one", *issuer),
        ("--cards", tmp_path / "cards"),
        ("--cards", tmp_path / "cards", "--issuer", "no address"),
        (),
    ):
        assert shell("trust", "withdrawn", listed, *wrong).code == 3, wrong
    assert listed.read_bytes() == before


def test_what_others_withdrew_does_not_make_a_countrys_own_list_newer(tmp_path: Path, shell: Shell) -> None:
    listed, given = tmp_path / "XA.bin", tmp_path / "one"
    given.write_bytes(batch(b"one"))
    issued = datetime(2026, 1, 1, tzinfo=UTC)
    other = Source("revocation/XB", frozenset({"XB"}), issued, issued)
    own = RevocationList(issued, issued + timedelta(days=7), [("record", "one")], sources=[other])
    listed.write_bytes(revocation.to_bytes(own))
    assert shell("trust", "withdrawn", listed, "--batch", given).code == 0
    found = revocation.from_bytes(listed.read_bytes())
    assert (found.issued, found.fresh_until, found.revoked) == (own.issued, own.fresh_until, own.revoked)
    assert [each.name for each in found.sources] == ["revocation/XA"], "of XB nothing is listed any more"
