"""Programs sign in by assertions that they signed: what is refused, that each counts once, and what a token opens."""

import json
import secrets
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from litestar.testing import TestClient

from pratique.authority.access import Role
from pratique.authority.access.clients import UnusableKeys, read_keys
from pratique.authority.store import clients, writing
from tests.web.api.authority import KEYS, Installed, assertion, name_of, sign_in

LAB = Role.LABORATORY
STRANGER = ECKey.generate_key("P-384", {"kid": f"{LAB}-1"})

Api = tuple[Installed, TestClient[Any]]


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "lab-8"},
        {"sub": "lab-8"},
        {"sub": None},
        {"aud": "https://other.example/v1/token"},
        {"aud": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": 0},
        {"exp": 10**12},
        {"exp": True},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": "j" * 257},
        {"iat": "now"},
        {"nbf": 10**11},
    ],
    ids=str,
)
def test_claims_that_are_refused(api: Api, claims: dict[str, Any]) -> None:
    there, client = api
    answer = sign_in(client, assertion(LAB, there.clock, **claims))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.json()["code"] == "SIGN_IN_NEEDED"
    assert sign_in(client, assertion(LAB, there.clock)).status_code == 200


def test_an_assertion_that_ends_later_than_five_minutes_is_refused(api: Api) -> None:
    there, client = api
    at = int(there.clock().timestamp())
    assert sign_in(client, assertion(LAB, there.clock, exp=at + 331)).status_code == 401
    assert sign_in(client, assertion(LAB, there.clock, exp=at + 300)).status_code == 200


def test_an_assertion_counts_once(api: Api) -> None:
    there, client = api
    signed = assertion(LAB, there.clock)
    assert sign_in(client, signed).status_code == 200
    assert sign_in(client, signed).status_code == 401
    assert sign_in(client, assertion(LAB, there.clock)).status_code == 200


def test_one_jti_of_two_clients_is_two(api: Api) -> None:
    there, client = api
    assert sign_in(client, assertion(LAB, there.clock, jti="same")).status_code == 200
    assert sign_in(client, assertion(Role.CARRIER, there.clock, jti="same")).status_code == 200


def test_another_key_under_the_same_name_is_refused(api: Api) -> None:
    there, client = api
    assert sign_in(client, assertion(LAB, there.clock, key=STRANGER)).status_code == 401
    assert sign_in(client, assertion(LAB, there.clock, key=KEYS[Role.CARRIER])).status_code == 401


def test_algorithms_without_a_private_key_are_refused(api: Api) -> None:
    there, client = api
    claims = {"iss": name_of(LAB), "sub": name_of(LAB), "aud": f"{there.house.address}/v1/token", "jti": "j"}
    claims |= {"exp": int(there.clock().timestamp()) + 60}
    public = json.dumps(KEYS[LAB].as_dict(private=False)).encode()
    confused = jwt.encode({"alg": "HS256", "kid": KEYS[LAB].kid}, claims, OctKey.import_key(public), ["HS256"])
    head, body, _ = assertion(LAB, there.clock).split(".")
    unsigned = f"eyJhbGciOiJub25lIn0.{body}."
    for token in (confused, unsigned, f"{head}.{body}.", "a.b.c", "x" * 9000, "é.é.é"):
        assert sign_in(client, token).status_code == 401


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
        ({"client_assertion_type": "x"}, "invalid_request"),
        ({"client_assertion": ""}, "invalid_request"),
    ],
)
def test_forms_that_are_refused(api: Api, form: dict[str, str], error: str) -> None:
    there, client = api
    answer = sign_in(client, assertion(LAB, there.clock), **form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_json_is_no_form(api: Api) -> None:
    answer = api[1].post("/v1/token", json={})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_client_that_was_ended_is_let_in_no_more(api: Api) -> None:
    there, client = api
    with writing(there.engine) as connection:
        assert clients.end(connection, name_of(LAB), at=int(there.clock().timestamp()))
        assert not clients.end(connection, name_of(LAB), at=int(there.clock().timestamp()))
    assert sign_in(client, assertion(LAB, there.clock)).status_code == 401


def test_a_token_is_short_and_opens_its_role_alone(api: Api) -> None:
    there, client = api
    granted = sign_in(client, assertion(LAB, there.clock)).json()
    assert (granted["token_type"], granted["expires_in"], granted["scope"]) == ("bearer", 300, "pratique/laboratory")
    headers = {"authorization": f"Bearer {granted['access_token']}"}
    assert client.get(f"/v1/intakes/{'0' * 32}", headers=headers).status_code == 404
    assert client.get("/v1/people", headers=headers).status_code == 403


def test_a_token_says_nothing_to_whoever_has_it(api: Api) -> None:
    there, client = api
    token = sign_in(client, assertion(LAB, there.clock)).json()["access_token"]
    assert name_of(LAB) not in token
    flipped = token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]
    for other in (flipped, token[:-4], token + "A" * 3000, secrets.token_urlsafe(64)):
        answer = client.get(f"/v1/intakes/{'0' * 32}", headers={"authorization": f"Bearer {other}"})
        assert answer.status_code == 401


RSA_KEY = RSAKey.generate_key(2048, {"kid": "r-1"})


def test_keys_of_rsa_sign_in_as_well(api: Api) -> None:
    there, client = api
    with writing(there.engine) as connection:
        keys = read_keys(json.dumps({"keys": [RSA_KEY.as_dict(private=False)]}))
        assert clients.replace_keys(connection, name_of(LAB), keys)
    at = int(there.clock().timestamp())
    claims = {"iss": name_of(LAB), "sub": name_of(LAB), "aud": f"{there.house.address}/v1/token", "jti": "r"}
    signed = jwt.encode({"alg": "RS384", "kid": "r-1"}, claims | {"exp": at + 60}, RSA_KEY, ["RS384"])
    assert sign_in(client, signed).status_code == 200
    assert sign_in(client, assertion(LAB, there.clock)).status_code == 401  # the key that was replaced


@pytest.mark.parametrize(
    "stated",
    [
        "",
        "[]",
        "{}",
        '{"keys": []}',
        '{"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "1"}]}',
        json.dumps({"keys": [ECKey.generate_key("P-256").as_dict(private=False)]}),
        json.dumps({"keys": [ECKey.generate_key("P-256", {"kid": "1"}).as_dict(private=True)]}),
        json.dumps({"keys": [ECKey.generate_key("P-521", {"kid": "1"}).as_dict(private=False)]}),
        json.dumps({"keys": [ECKey.generate_key("P-256", {"kid": "1"}).as_dict(private=False)] * 2}),
    ],
    ids=["empty", "list", "nothing", "none", "symmetric", "unnamed", "private", "curve", "twice"],
)
def test_keys_that_nobody_can_be_known_by(stated: str) -> None:
    with pytest.raises(UnusableKeys):
        read_keys(stated)
