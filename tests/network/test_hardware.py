"""Keys of the network in a hardware module, against SoftHSM 2: what is refused, and a network signed with them."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from msgspec import structs

pytest.importorskip("pkcs11", reason="the extra [hsm] is not installed")

from pratique.authority.signers import pkcs11 as documents
from pratique.authority.signers.places import Place, beside, is_hardware, place
from pratique.model.errors import TrustMaterialError
from pratique.model.reasons import Reason
from pratique.network.hardware import HardwareKey, make_key
from tests import softhsm
from tests.cli.conftest import Shell, shell  # noqa: F401
from tests.softhsm import MODULE, PIN, TOKEN, needs_module


def at(label: str) -> Place:
    softhsm.token()
    return Place(MODULE, TOKEN, label, Path(f"{label}.pem"))


def uri(label: str) -> str:
    softhsm.token()
    return f"pkcs11:token={TOKEN};object={label}?module-path={MODULE}"


def refused(reason: Reason):
    return pytest.raises(TrustMaterialError, match=f"^{reason}")


def test_a_place_is_named_as_the_standard_has_it() -> None:
    named = place("pkcs11:token=The%20Office;object=xa-2027?module-path=/usr/lib/softhsm/libsofthsm2.so")
    module = Path("/usr/lib/softhsm/libsofthsm2.so")
    assert named == Place(module, "The Office", "xa-2027", Path("xa-2027.pem"))
    assert place(named.uri) == named
    whole = place(f"{named.uri.partition('&')[0]}&pin-source=file:/etc/pin&certificate=keys/d%26c.pem")
    assert whole == Place(module, "The Office", "xa-2027", Path("keys/d&c.pem"), Path("/etc/pin"))
    assert place(whole.uri) == whole


def test_the_files_of_a_key_are_named_from_a_folder() -> None:
    named = beside(Path("pkcs11:token=a;object=b?pin-source=pin&module-path=/c"), Path("/etc/xa"))
    assert is_hardware(named)
    assert place(str(named)) == Place(Path("/c"), "a", "b", Path("/etc/xa/b.pem"), Path("/etc/xa/pin"))
    assert beside(named, Path("/elsewhere")) == named
    assert beside(Path("dsc.key.pem"), Path("/etc/xa")) == Path("/etc/xa/dsc.key.pem")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pkcs11:",
        "pkcs11:token=a;object=b",
        "pkcs11:token=a;object=?module-path=c",
        "pkcs11:token=a;object=..%2Fb?module-path=c",
        "pkcs11:token=a;token=b;object=c?module-path=d",
        "pkcs11:token=a;object=b;type=private?module-path=c",
        "pkcs11:token=a;object=b?module-path=c&pin-value=1234",
        "pkcs11:token=%FF;object=b?module-path=c",
    ],
)
def test_what_is_no_place(text: str) -> None:
    with pytest.raises(ValueError, match=r"pkcs11:|utf-8"):
        place(text)


def test_a_pin_in_a_name_is_not_told(tmp_path: Path, shell: Shell) -> None:  # noqa: F811
    (tmp_path / "pin").write_text(PIN)
    named = "pkcs11:token=a;object=b?module-path=c&pin-value=135791"
    ran = shell("bundle", "key", tmp_path / "r1", "--hardware", named, "--passphrase-file", tmp_path / "pin")
    assert (ran.code, "135791" in ran.err, "PIN is asked for" in ran.err) == (3, False, True)


@needs_module
def test_a_key_signs_and_cannot_be_made_twice() -> None:
    public = make_key(at("one"), pin=PIN)
    with closing(HardwareKey.open(at("one"), pin=PIN)) as key:
        assert key.public_key() == public
        signature = key.sign(b"octets")
        public.verify(signature, b"octets")
        with pytest.raises(InvalidSignature):
            public.verify(signature, b"others")
    with refused(Reason.KEY_EXISTS):
        make_key(at("one"), pin=PIN)


@needs_module
def test_what_cannot_be_opened() -> None:
    make_key(at("two"), pin=PIN)
    documents.make_key(MODULE, token=TOKEN, label="document signer", pin=PIN)
    for where, pin, reason in (
        (at("absent"), PIN, Reason.KEY_UNREADABLE),
        (structs.replace(at("two"), token="absent"), PIN, Reason.KEY_UNREADABLE),
        (at("two"), "another", Reason.KEY_LOCKED),
        (at("document signer"), PIN, Reason.TRUST_KEY_KIND),
        (structs.replace(at("two"), module=Path("/nowhere.so")), PIN, Reason.KEY_DEVICE),
    ):
        with refused(reason):
            HardwareKey.open(where, pin=pin)


@needs_module
def test_a_network_whose_keys_nobody_can_read(tmp_path: Path, shell: Shell) -> None:  # noqa: F811
    """From its root to a verifier, by command; one of the root's keys signs apart."""
    (tmp_path / "pin.txt").write_text(PIN)
    pin = ("--passphrase-file", tmp_path / "pin.txt")
    for name in ("r1", "r2", "staff", "online"):
        made = shell("bundle", "key", tmp_path / name, "--hardware", uri(name), *pin)
        assert (made.code, made.err) == (0, f"{name}.pub.pem written\n")
        assert not (tmp_path / f"{name}.key.pem").exists()
    assert shell("bundle", "key", tmp_path / "r1", "--hardware", uri("another"), *pin).code == 3
    assert shell("bundle", "key", tmp_path / "r3", "--hardware", "r3.key.pem", *pin).code == 3
    root = {"keys": ["r1.pub.pem", "r2.pub.pem"], "threshold": 2}
    told = {"network": 1, "environment": "sandbox", "root": root, "office": {"keys": ["staff.pub.pem"]}}
    (tmp_path / "network.json").write_text(json.dumps(told | {"online": "online.pub.pem"}))
    network, dist = ("--network", tmp_path / "network.json"), tmp_path / "dist"
    prepared = shell("bundle", "prepare", dist, "root", *network, "--to", tmp_path / "ceremony")
    assert prepared.code == 0, prepared.err
    for name in ("r1", "r2"):
        signed = shell("bundle", "sign", tmp_path / "ceremony" / "1.root.json", "--key", uri(name), *pin)
        assert (signed.code, signed.err) == (0, f"1.root.{name}.json written\n")
    copies = [tmp_path / "ceremony" / f"1.root.{name}.json" for name in ("r1", "r2")]
    assert shell("bundle", "assemble", dist, *copies).code == 0
    done = shell("bundle", "publish", dist, *network, "--office-key", uri("staff"), "--online-key", uri("online"), *pin)
    assert done.code == 0, done.err
    taken = shell("bundle", "update", tmp_path / "lists", "--from", dist, "--environment", "sandbox",
                  "--root", dist / "metadata" / "1.root.json")  # fmt: skip
    assert (taken.code, taken.out) == (0, "release 1 (sandbox) is in force, new\n"), taken.err
