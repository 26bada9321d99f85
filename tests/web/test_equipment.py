"""What a configuration decides: whether a face alone issues, which keys sign what, who may have a certificate."""

import json
from base64 import urlsafe_b64decode
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import structs

from pratique.authority.identity import dlib_matcher, photographed
from pratique.authority.identity.instant import Instant
from pratique.authority.issuance.certificates import certificate_of_person
from pratique.authority.issuance.eligibility import ITHC_2021
from pratique.authority.issuance.requests import Wanted
from pratique.authority.records.codes import shared
from pratique.authority.signers.certificates import KeyPair, certify_dsc, make_csca
from pratique.authority.signers.keyfiles import write_key
from pratique.authority.store import Vault
from pratique.config import Config, UnusableConfig
from pratique.model.errors import IssueRefused
from pratique.model.reasons import Reason
from pratique.sandbox import border, codes
from pratique.trust import Environment
from pratique.web.api.serving import signer_of
from pratique.web.equipment import instant
from pratique.web.installation import installed
from tests import databases
from tests.authority import issuing as scene
from tests.web.installations import Place, place

AT = datetime(2026, 11, 25, tzinfo=UTC)
EXAMINED = {name: {"day": "2026-05-04", "reference": name} for name in ("attack_test", "groups", "impact")}


def config(folder: Path, **stated: object) -> Config:
    evidence = folder / "evidence.json"
    if "evidence" in stated:
        evidence.write_bytes(msgspec.json.encode(stated.pop("evidence")))
    least = {"country": "XA", "authority": {"en": "XA"}, "address": "https://pratique.example", "environment": "test"}
    return Config(**{**least, "face": "alone", "face_evidence": evidence, **stated})


def test_a_face_alone_issues_where_it_was_examined(tmp_path: Path) -> None:
    whole = {"model": "m"} | EXAMINED
    for wrong in (
        whole | {"model": "another"},
        {name: value for name, value in whole.items() if name != "impact"},
        whole | {"groups": {"day": "2023-05-04", "reference": "too old"}},
        whole | {"groups": {"day": "2026-05-04", "reference": " "}},
        {"nothing": 1},
    ):
        with pytest.raises(UnusableConfig, match="face_evidence"):
            instant(config(tmp_path, evidence=wrong), "m", at=AT)
    (tmp_path / "evidence.json").write_bytes(b'{"model": "\xff"}')
    with pytest.raises(UnusableConfig, match="face_evidence"):
        instant(config(tmp_path), "m", at=AT)
    (tmp_path / "evidence.json").unlink()
    with pytest.raises(UnusableConfig, match="face_evidence"):
        instant(config(tmp_path), "m", at=AT)
    assert instant(config(tmp_path, evidence=whole), "m", at=AT) == Instant(Environment.TEST, date(2028, 5, 3))
    assert instant(config(tmp_path, face="people"), "m", at=AT) is None
    rehearsal = config(tmp_path, environment="sandbox", face_evidence=None)
    assert instant(rehearsal, "m", at=AT) == Instant(Environment.SANDBOX)


@pytest.mark.parametrize(
    ("module", "setting"),
    [(dlib_matcher, {"face": "people"}), (photographed, {"data_page_reader": True})],
)
@pytest.mark.parametrize("trying", [True, False])
def test_what_is_not_installed_is_told_before_anything_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: Any, setting: dict[str, object], trying: bool
) -> None:
    """By `serve --check` as well, which starts nothing."""
    made = place(tmp_path, face="off")
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(UnusableConfig, match=rf"^{next(iter(setting))}: \w+ is not installed: pip install"):
        installed(structs.replace(made.config, **setting), tmp_path, trying=trying)


@pytest.fixture
def made(tmp_path: Path) -> Place:
    return place(tmp_path, face="off")


def test_what_cannot_be_used_is_said_before_anything_is_served(made: Place, tmp_path: Path) -> None:
    good = made.config
    installed(good, tmp_path, trying=True).close()
    history = json.loads(codes.history("CN-Hubei-2020"))
    (tmp_path / "history.json").write_text(json.dumps(history))
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "elsewhere.json").write_text('{"permit": 1, "country": "XB", "source": ""}')
    (tmp_path / "thailand.json").write_bytes(border.permit("TH-certificate-of-entry"))
    signing = good.signing_keys[0]
    for name, path in (
        ("status_key", signing),
        ("notices_key", signing),
        ("pass_key", signing),
        ("pass_key", tmp_path / "nothing.pem"),
        ("pass_key", tmp_path / "broken.json"),
        ("status_key", tmp_path / "nothing.pem"),
        ("passphrase_file", tmp_path / "nothing"),
        ("code_policy", tmp_path / "nothing.json"),
        ("code_policy", tmp_path / "history.json"),
        ("code_policy", tmp_path / "broken.json"),
        ("chip_roots", tmp_path / "broken.json"),
        ("facility_keys", tmp_path / "nothing.pem"),
        ("facility_keys", tmp_path / "broken.json"),
        ("permit_key", signing),
        ("permit_key", tmp_path / "nothing.pem"),
        ("permit_requirements", tmp_path / "nothing.json"),
        ("permit_requirements", tmp_path / "broken.json"),
        ("permit_requirements", tmp_path / "elsewhere.json"),
        ("permit_requirements", tmp_path / "thailand.json"),
        ("facility_register", tmp_path / "nothing.json"),
        ("facility_register", tmp_path / "history.json"),
    ):
        with pytest.raises(UnusableConfig, match=name):
            installed(structs.replace(good, **{name: path}), tmp_path, trying=True)


def test_codes_of_local_apps_go_by_the_policy_or_else_by_what_was_shared(made: Place, tmp_path: Path) -> None:
    alone = structs.replace(made.config, code_policy=None)
    for config, own in ((made.config, True), (alone, False), (structs.replace(alone, status_key=None), None)):
        opened = installed(config, tmp_path, trying=True)
        by = opened.house.codes
        assert (by is None, opened.equipment.code is None) == (own is None, not own)
        assert by is None or (by.assess is not shared, by.specimen) == (own, True)
        opened.close()


def test_who_may_have_a_certificate(tmp_path: Path) -> None:
    engine, vault = databases.sqlite(tmp_path / "records.db"), Vault.draw()
    scene.onboarded(engine)
    known = scene.entered(engine, vault)
    scene.recorded(engine, vault, [scene.dose()])
    office = scene.office(engine, vault, scene.signer(tmp_path))
    look = scene.own(engine, known.person_id)
    abroad = structs.replace(office, eligibility=ITHC_2021, country="XB")
    with pytest.raises(IssueRefused) as refused:
        certificate_of_person(abroad, look, wanted=Wanted(), known=known, at=scene.AT)
    assert refused.value.reasons == (Reason.ENROL_NATIONALS,)
    at_home = structs.replace(abroad, country="XA")
    later = scene.AT + timedelta(minutes=1)
    assert certificate_of_person(at_home, look, wanted=Wanted(), known=known, at=later).scan.startswith("HC1:")
    engine.dispose()


def test_keys_and_lists_are_spoken_of_before_they_end(made: Place, tmp_path: Path) -> None:
    found = installed(made.config, tmp_path, trying=True)
    ends, office = found.equipment.ends, found.equipment.house.office
    assert office is not None
    until = office.signers[0].key.not_after
    assert [each for each in ends(until - timedelta(days=91)) if each.kind == "key"] == []
    told = [each.name for each in ends(until - timedelta(days=89)) if each.kind == "key"]
    assert office.signers[0].key.kid.hex() in told
    lists = [each.until for each in ends(datetime.now(UTC) + timedelta(days=30)) if each.kind == "list"]
    assert lists == sorted(lists)
    assert not any(each.kind == "list" for each in ends(lists[0] - timedelta(hours=25)))
    assert any(each.kind == "list" for each in ends(lists[0] - timedelta(hours=23)))
    found.close()


GO_TOGETHER = {
    "status_key": ("code_policy",),
    "door_key": ("door_policy", "door_crowd"),
    "permit_key": ("permit_requirements",),
}


@pytest.mark.parametrize("name", ["status_key", "notices_key", "door_key", "permit_key"])
def test_a_key_that_everybody_has_signs_nothing_in_earnest(tmp_path: Path, name: str) -> None:
    """The private key of RFC 7515, appendix A.3, under a certificate of our own."""
    secret = int.from_bytes(urlsafe_b64decode("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI="))
    known, at = ec.derive_private_key(secret, ec.SECP256R1()), datetime.now(UTC)
    der = certify_dsc(make_csca("XA", "XA root", at=at), known.public_key(), common_name="known", at=at)
    files = write_key(tmp_path / "known.key.pem", KeyPair(der, known), scene.PASSPHRASE)
    (tmp_path / "pass").write_bytes(scene.PASSPHRASE)
    for environment in ("production", "test", "sandbox"):
        beside = dict.fromkeys(GO_TOGETHER.get(name, ()), tmp_path / "x")
        named = config(
            tmp_path,
            environment=environment,
            face="off",
            passphrase_file=tmp_path / "pass",
            **{name: files.key},
            **beside,
        )
        if environment == "sandbox":
            assert signer_of(named, name) is not None
            continue
        with pytest.raises(UnusableConfig, match=f"^{name}: the private half"):
            signer_of(named, name)
