"""Every message of the EU's protocol for online bookings, as the READMEs of its validation service and decorator say.

Read: those two READMEs, and how the service's published code reads and writes messages. No conformance is claimed.
"""

import base64
import os
import secrets
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from litestar.testing import TestClient

from pratique.authority.access import Role
from pratique.issuing import issue
from pratique.model import fhir
from pratique.model.certificate import Certificate, Test, Vaccination, choose
from pratique.sandbox import traveller
from pratique.web.api.opening import Opener, Scheme
from tests.web.api.authority import ADDRESS, KEYS, Installed, Populated, opened
from tests.web.houses import AT, SIGNER, claims

Api = tuple[Installed, TestClient[Any]]
PLACE = f"{ADDRESS}/v1/booking"
SUBJECT = "booking-7-passenger-1"
FULL = {
    "fnt": "HAN",
    "gnt": "MEIMEI",
    "dob": "1990-05-08",
    "coa": "XB",
    "cod": "XA",
    "type": ["v", "t"],
    "category": ["Standard"],
}


def dcc(kind: type = Test) -> str:
    """Han Meimei's molecular test, or her first dose, as a European certificate."""
    claim = next(claim for claim in claims() if isinstance(claim, kind))
    whole = Certificate(fhir.person(traveller.PATIENT), claims(), specimen=True)
    return issue(choose(whole, claim), format="eu-dcc", signer=SIGNER, at=AT)


class Wallet:
    """A wallet with a key of its own."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.nonce = os.urandom(16)

    @property
    def pem(self) -> str:
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def initialization(self, **changed: Any) -> dict[str, Any]:
        return {"pubKey": self.pem, "keyType": "ES256", "nonce": text(self.nonce)} | changed

    def submission(self, identity: Any, scan: str, scheme: Scheme = Scheme.GCM, **changed: Any) -> dict[str, Any]:
        """Encrypted for the key of the identity document that its scheme names, as a wallet does it."""
        methods = {each["id"]: each for each in identity["verificationMethod"]}
        (named,) = (each for each in methods.values() if each["id"].endswith(f"EncScheme-{scheme}"))
        jwk = methods[named["verificationMethods"][-1]]["publicKeyJwk"]
        public = rsa.RSAPublicNumbers(number(jwk["e"]), number(jwk["n"])).public_key()
        secret = os.urandom(32)
        return {
            "kid": jwk["kid"],
            "dcc": text(self.encrypt(scan.encode(), secret, scheme)),
            "sig": text(self.key.sign(scan.encode(), ec.ECDSA(SHA256()))),
            "sigAlg": "SHA256withECDSA",
            "encScheme": scheme.value,
            "encKey": text(public.encrypt(secret, padding.OAEP(padding.MGF1(SHA256()), SHA256(), None))),
        } | changed

    def encrypt(self, octets: bytes, secret: bytes, scheme: Scheme) -> bytes:
        if scheme is Scheme.GCM:
            return AESGCM(secret).encrypt(self.nonce, octets, None)
        pad = PKCS7(128).padder()
        padded = pad.update(octets) + pad.finalize()
        cipher = Cipher(algorithms.AES(secret), modes.CBC(self.nonce)).encryptor()
        return cipher.update(padded) + cipher.finalize()


def text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def number(base64url: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(base64url + "=="))


def access(
    there: Installed, *, key: ECKey | None = None, vc: dict[str, Any] | None = None, **claims: Any
) -> dict[str, str]:
    """The access token that the carrier gives the wallet, as a header."""
    signer, at = key or KEYS[Role.CARRIER], int(there.clock().timestamp())
    stated = {
        "jti": secrets.token_hex(8),
        "iss": "carrier-1",
        "iat": at,
        "sub": SUBJECT,
        "aud": PLACE,
        "exp": at + 3600,
        "t": 2,
        "v": "1.0",
        "vc": FULL if vc is None else vc,
    } | claims
    header = {"alg": "ES384", "kid": signer.kid, "typ": "JWT"}
    signed = jwt.encode(header, {name: value for name, value in stated.items() if value is not None}, signer, ["ES384"])
    return {"authorization": f"Bearer {signed}", "x-version": "1.0"}


def begun(api: Api) -> tuple[Wallet, Any]:
    """As far as the wallet's key being known."""
    there, client = api
    wallet = Wallet()
    identity = client.get("/v1/booking/identity").json()
    told = client.post(f"/v1/booking/initialize/{SUBJECT}", json=wallet.initialization(), headers=access(there))
    assert told.status_code == 201, told.text
    return wallet, identity


def validated(api: Api, scan: str, scheme: Scheme = Scheme.GCM, **claims: Any) -> Any:
    there, client = api
    wallet, identity = begun(api)
    body = wallet.submission(identity, scan, scheme)
    return client.post(f"/v1/booking/validate/{SUBJECT}", json=body, headers=access(there, **claims))


def read(api: Api, token: str) -> dict[str, Any]:
    keys = KeySet.import_key_set(api[1].get("/v1/keys").json())
    return dict(jwt.decode(token, keys, algorithms=["ES256"]).claims)


# the identity document


def test_identity(api: Api) -> None:
    document = api[1].get("/v1/booking/identity").json()
    assert document["id"] == f"{PLACE}/identity"
    methods = document["verificationMethod"]
    assert {each["type"] for each in methods} == {"JsonWebKey2020", "DccEncryptionScheme2021"}
    keys = [each["publicKeyJwk"] for each in methods if each["type"] == "JsonWebKey2020"]
    assert [(key["use"], key["alg"]) for key in keys] == [("sig", "ES256"), ("enc", "RSA-OAEP-256")]
    assert not {"d", "p", "q"} & set().union(*keys)
    assert number(keys[1]["n"]).bit_length() >= 3072
    schemes = [each for each in methods if each["type"] == "DccEncryptionScheme2021"]
    assert {each["id"].rpartition("-")[2] for each in schemes} == set(Scheme)


def test_without_a_key_to_encrypt_for_there_are_no_bookings(url: str, populated: Populated, tmp_path: Any) -> None:
    with opened(url, populated, tmp_path, opener=None) as (_, client):
        assert client.get("/v1/booking/identity").status_code == 404


# the access token


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "carrier-2"},
        {"iss": "lab-7"},
        {"iss": None},
        {"sub": "another-booking"},
        {"sub": None},
        {"aud": "https://other.example"},
        {"aud": f"{PLACE}/validate/{SUBJECT}"},
        {"aud": None},
        {"exp": None},
        {"exp": 0},
        {"exp": 10**12},
        {"iat": None},
        {"jti": None},
        {"t": 3},
        {"t": None},
        {"v": "2.0"},
        {"vc": {"type": "v"}},
    ],
    ids=str,
)
def test_access_tokens_that_are_refused(api: Api, claims: dict[str, Any]) -> None:
    there, client = api
    body = Wallet().initialization()
    told = client.post(f"/v1/booking/initialize/{SUBJECT}", json=body, headers=access(there, **claims))
    assert (told.status_code, told.json()["code"]) == (401, "SIGN_IN_NEEDED")


def test_an_access_token_of_somebody_else_is_refused(api: Api) -> None:
    there, client = api
    stranger = ECKey.generate_key("P-384", {"kid": KEYS[Role.CARRIER].kid})
    for headers in (access(there, key=stranger), access(there, key=KEYS[Role.LABORATORY]), there.bearer(Role.CARRIER)):
        told = client.get(f"/v1/booking/status/{SUBJECT}", headers=headers)
        assert told.status_code == 401


def test_an_access_token_may_name_the_call_alone(api: Api) -> None:
    there, client = api
    headers = access(there, aud=[f"{PLACE}/initialize/{SUBJECT}"])
    told = client.post(f"/v1/booking/initialize/{SUBJECT}", json=Wallet().initialization(), headers=headers)
    assert told.status_code == 201
    assert client.get(f"/v1/booking/status/{SUBJECT}", headers=headers).status_code == 401


# initialize


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"pubKey": ""}, "$.pubKey"),
        ({"pubKey": "AAAA"}, "$.pubKey"),
        ({"pubKey": Opener.draw().public["n"]}, "$.pubKey"),
        ({"nonce": text(bytes(15))}, "$.nonce"),
        ({"nonce": "?"}, "$.pubKey"),
    ],
)
def test_initializations_that_are_refused(api: Api, changed: dict[str, Any], place: str) -> None:
    there, client = api
    body = Wallet().initialization(**changed)
    told = client.post(f"/v1/booking/initialize/{SUBJECT}", json=body, headers=access(there))
    assert (told.status_code, told.json()["place"]) == (422, place)


def test_initialize_says_until_when_and_where(api: Api) -> None:
    there, client = api
    wallet = Wallet()
    bare = "".join(line for line in wallet.pem.splitlines() if "-----" not in line)
    for key in (wallet.pem, bare):
        body = wallet.initialization(pubKey=key, callback="https://airline.example/result")
        told = client.post(f"/v1/booking/initialize/{SUBJECT}", json=body, headers=access(there)).json()
        assert told["subject"] == SUBJECT
        assert told["aud"] == f"{PLACE}/validate/{SUBJECT}"
        assert told["exp"] == int((there.clock() + timedelta(minutes=15)).timestamp())


# validate


@pytest.mark.parametrize("scheme", Scheme)
def test_a_certificate_is_opened_and_answered(api: Api, scheme: Scheme) -> None:
    there, client = api
    told = validated(api, dcc(), scheme)
    assert (told.status_code, told.headers["content-type"].partition(";")[0]) == (200, "application/jwt")
    claims = read(api, told.text)
    assert (claims["sub"], claims["result"]) == (SUBJECT, "OK"), claims
    assert claims["category"] == ["Standard"]
    assert claims["results"] == []
    inner = read(api, claims["confirmation"])
    assert (inner["sub"], inner["result"]) == (SUBJECT, "OK")
    assert "results" not in inner
    status = client.get(f"/v1/booking/status/{SUBJECT}", headers=access(there))
    assert (status.status_code, status.text) == (200, told.text)


def broken(body: dict[str, Any], name: str) -> dict[str, Any]:
    octets = bytearray(base64.b64decode(body[name]))
    octets[len(octets) // 2] ^= 1
    return body | {name: text(bytes(octets))}


@pytest.mark.parametrize("scheme", Scheme)
@pytest.mark.parametrize("part", ["dcc", "sig", "encKey"])
def test_what_was_changed_on_its_way_is_refused_in_one_way(api: Api, scheme: Scheme, part: str) -> None:
    there, client = api
    wallet, identity = begun(api)
    body = broken(wallet.submission(identity, dcc(), scheme), part)
    told = client.post(f"/v1/booking/validate/{SUBJECT}", json=body, headers=access(there))
    assert (told.status_code, told.json()["code"], told.json()["place"]) == (422, "CONTENT_REFUSED", "$.dcc")
    assert client.get(f"/v1/booking/status/{SUBJECT}", headers=access(there)).status_code == 204


def test_another_wallets_signature_is_refused(api: Api) -> None:
    there, client = api
    wallet, identity = begun(api)
    thief = Wallet()
    thief.nonce = wallet.nonce
    body = thief.submission(identity, dcc())
    told = client.post(f"/v1/booking/validate/{SUBJECT}", json=body, headers=access(there))
    assert told.json()["place"] == "$.dcc"


def test_an_access_token_takes_one_certificate(api: Api) -> None:
    there, client = api
    wallet, identity = begun(api)
    body, headers = wallet.submission(identity, dcc()), access(there)
    assert client.post(f"/v1/booking/validate/{SUBJECT}", json=body, headers=headers).status_code == 200
    again = client.post(f"/v1/booking/validate/{SUBJECT}", json=body, headers=headers)
    assert (again.status_code, again.json()["code"]) == (410, "USED_BEFORE")


@pytest.mark.parametrize(("changed", "place"), [({"kid": "other"}, "$.kid"), ({"sigAlg": "SHA1withECDSA"}, "$.sigAlg")])
def test_another_key_or_algorithm_is_refused(api: Api, changed: dict[str, Any], place: str) -> None:
    there, client = api
    wallet, identity = begun(api)
    body = wallet.submission(identity, dcc(), **changed)
    told = client.post(f"/v1/booking/validate/{SUBJECT}", json=body, headers=access(there))
    assert (told.status_code, told.json()["place"]) == (422, place)


def test_the_nonce_may_come_with_the_certificate(api: Api) -> None:
    there, client = api
    wallet = Wallet()
    identity = client.get("/v1/booking/identity").json()
    body = wallet.initialization(nonce=None)
    assert client.post(f"/v1/booking/initialize/{SUBJECT}", json=body, headers=access(there)).status_code == 201
    sent = wallet.submission(identity, dcc())
    address = f"/v1/booking/validate/{SUBJECT}"
    assert client.post(address, json=sent, headers=access(there)).status_code == 422
    headers = access(there) | {"x-nonce": text(wallet.nonce)}
    assert client.post(address, json=sent, headers=headers).status_code == 200


# what is asked of a certificate


@pytest.mark.parametrize(
    ("level", "vc", "expected", "identifiers"),
    [
        (0, {}, "OK", set()),
        (0, {"hash": "0" * 64}, "NOK", {"HASH"}),
        (1, {}, "OK", set()),
        (1, {"fnt": "LI", "gnt": "LEI", "dob": "1990-05-08"}, "NOK", {"HOLDER"}),
        (1, {"fnt": "HAN", "gnt": "MEIMEI", "dob": "1991-05-08"}, "NOK", {"HOLDER"}),
        (1, {"fnt": "HAN", "gnt": "MEIMEI", "dob": "?"}, "CHK", {"HOLDER"}),
        (1, {"type": ["r"]}, "NOK", {"TYPE"}),
        (1, {"type": ["v", "tr"]}, "NOK", {"TYPE"}),
        (1, {"type": ["r", "t"]}, "OK", set()),
        (1, {"type": ["tp"]}, "OK", set()),
        (1, {"validFrom": "2020-01-01T00:00:00Z"}, "NOK", {"validFrom"}),
        (1, {"validTo": "2099-01-01T00:00:00Z"}, "NOK", {"validTo"}),
        (2, {"coa": "XB"}, "OK", set()),
        (2, {}, "CHK", {"coa"}),
        (2, {"coa": "DE"}, "CHK", {"ACCEPTED"}),
        (2, {"coa": "XB", "validationClock": "9999-12-31T23:59:59Z"}, "CHK", {"validationClock"}),
    ],
    ids=str,
)
def test_what_a_carrier_asks(api: Api, level: int, vc: dict[str, Any], expected: str, identifiers: set[str]) -> None:
    claims = read(api, validated(api, dcc(), t=level, vc=vc).text)
    assert (claims["result"], {each["identifier"] for each in claims["results"]}) == (expected, identifiers)
    assert {tuple(sorted(each)) for each in claims["results"]} <= {("details", "identifier", "result", "type")}


def test_rules_that_are_not_met_ask_for_a_cross_check(api: Api) -> None:
    claims = read(api, validated(api, dcc(Vaccination)).text)
    assert claims["result"] == "CHK"
    assert {each["type"] for each in claims["results"]} == {"DestinationAcceptance"}
    assert "NOK" in {each["result"] for each in claims["results"]}


def test_a_certificate_that_is_none(api: Api) -> None:
    for scan in ("nonsense", dcc()[:-20] + "A" * 20, "é"):
        claims = read(api, validated(api, scan).text)
        assert claims["result"] == "NOK"
        assert "HAN" not in str(claims)


def test_a_result_says_nothing_of_a_certificate(api: Api) -> None:
    claims = read(api, validated(api, dcc(), vc={"coa": "XA"}).text)
    told = str(claims) + str(read(api, claims["confirmation"]))
    for word in ("HAN", "MEIMEI", "1990", "Han", "梅梅", "EU/1/", "URN:UVCI", "XA1234567"):
        assert word not in told


# status


def test_status_before_and_after(api: Api) -> None:
    there, client = api
    address = f"/v1/booking/status/{SUBJECT}"
    gone = client.get(address, headers=access(there))
    assert (gone.status_code, gone.json()["code"]) == (410, "THING_GONE")
    begun(api)
    waiting = client.get(address, headers=access(there))
    assert (waiting.status_code, waiting.text) == (204, "")
    there.clock.at += timedelta(minutes=16)
    assert client.get(address, headers=access(there)).status_code == 410
    validate = client.post(f"/v1/booking/validate/{SUBJECT}", json=Wallet().submission(
        client.get("/v1/booking/identity").json(), dcc()), headers=access(there))  # fmt: skip
    assert validate.status_code == 410


def test_what_is_kept_is_sealed(api: Api, tmp_path: Any) -> None:
    validated(api, dcc())
    content = b"".join(path.read_bytes() for path in tmp_path.glob("records.db*"))
    assert SUBJECT.encode() not in content
    assert dcc()[:40].encode() not in content
