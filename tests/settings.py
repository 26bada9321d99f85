"""What the vectors of tests/vectors/procedures name: each setting does the thing that is refused."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from pratique import crypto, formats
from pratique.authority.identity import dlib_matcher, document
from pratique.authority.identity.instant import Evidence, Recorded, face_only
from pratique.authority.identity.registry import FileRegistry
from pratique.authority.signers.certificates import KeyPair, make_csca, make_dsc
from pratique.authority.signers.counter import record
from pratique.authority.signers.file import FileSigner
from pratique.authority.signers.keyfiles import KeyFiles, write_key
from pratique.cli._trust import load
from pratique.model import mrz
from pratique.model.errors import NetworkRefused, TrustMaterialError
from pratique.sandbox import traveller
from pratique.trust import Environment
from pratique.trust.onboarding import examine
from tests import health_code_settings as health_codes
from tests import issuance_settings as issuance
from tests import records_settings as records
from tests import venue_settings
from tests.issuer import AT
from tests.network import scenes
from tests.special_settings import SPECIAL
from tests.trust import onboarding_scenes

PASSPHRASE = b"a passphrase for tests"
ROOT = make_csca("XA", "XA test root", at=AT)
PAIR = make_dsc(ROOT, common_name="XA test document signer", at=AT)


def written(folder: Path, pair: KeyPair = PAIR) -> KeyFiles:
    return write_key(folder / "dsc.key.pem", pair, PASSPHRASE)


def opened(files: KeyFiles, passphrase: bytes = PASSPHRASE) -> FileSigner:
    return FileSigner.open(files.key, passphrase=passphrase)


def key_file_of_nonsense(folder: Path, _: pytest.MonkeyPatch) -> None:
    files = written(folder)
    files.key.write_bytes(b"nonsense")
    opened(files)


def wrong_passphrase(folder: Path, _: pytest.MonkeyPatch) -> None:
    opened(written(folder), b"another passphrase")


def counter_that_went_back(folder: Path, _: pytest.MonkeyPatch) -> None:
    files = written(folder)
    signer = opened(files)
    signer.sign(b"one")
    files.counter.write_bytes(record(0, signer.key.kid))
    signer.sign(b"two")


def counter_shorter_than_it_was(folder: Path, _: pytest.MonkeyPatch) -> None:
    files = written(folder)
    files.counter.write_bytes(files.counter.read_bytes()[:-1])
    opened(files)


def hardware_module_without_its_library(folder: Path, _: pytest.MonkeyPatch) -> None:
    from pratique.authority.signers.pkcs11 import make_key

    make_key(folder / "library.so", token="xa", label="dsc", pin="a PIN")


def root_asked_to_sign_documents(folder: Path, _: pytest.MonkeyPatch) -> None:
    opened(written(folder, ROOT))


def passphrase_of_eleven_octets(folder: Path, _: pytest.MonkeyPatch) -> None:
    write_key(folder / "dsc.key.pem", PAIR, b"x" * 11)


def key_written_twice(folder: Path, _: pytest.MonkeyPatch) -> None:
    written(folder)
    written(folder)


def folder_that_is_not_there(folder: Path, _: pytest.MonkeyPatch) -> None:
    written(folder / "nowhere")


def folder_without_a_key(folder: Path, _: pytest.MonkeyPatch) -> None:
    load([folder], sandbox=False, at=AT)


def parser_that_stumbles(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(scan: str) -> None:
        raise RecursionError(scan)

    monkeypatch.setattr(formats.hcert, "open", stumble)
    formats.open_scan("HC1:")


def passport_number_of_ten_characters(_: Path, __: pytest.MonkeyPatch) -> None:
    document.read("XA12345678")


def register_without_a_portrait(folder: Path, _: pytest.MonkeyPatch) -> None:
    passport = {"person_id": "xa-1", "zone": mrz.write(traveller.PASSPORT), "portrait": "nowhere.jpg"}
    (folder / "registry.json").write_text(json.dumps([passport]), encoding="ascii")
    FileRegistry.load(folder)


def weights_of_another_model(folder: Path, _: pytest.MonkeyPatch) -> None:
    for name in dlib_matcher.WEIGHTS:
        (folder / name).write_bytes(b"\0")
    dlib_matcher.weights(folder)


def production_without_an_attack_test(_: Path, __: pytest.MonkeyPatch) -> None:
    done = Recorded(date(2026, 5, 1), "report 7")
    evidence = Evidence("a model", attack_test=None, groups=done, impact=done)
    face_only(Environment.PRODUCTION, evidence, model="a model", at=datetime(2026, 11, 25, tzinfo=UTC))


def order_changed_after_signing(folder: Path, _: pytest.MonkeyPatch) -> None:
    good = records.signed(PAIR, records.ORDER)
    records.carried_out(folder, msgspec.structs.replace(good, order=good.order.replace(b"sunset", b"SUNSET")))


def order_of_another_day(folder: Path, _: pytest.MonkeyPatch) -> None:
    records.carried_out(folder, records.signed(PAIR, records.ORDER))


def _refused(scene: Callable[[Path], scenes.Problems]) -> Callable[[Path, pytest.MonkeyPatch], None]:
    def setting(folder: Path, _: pytest.MonkeyPatch) -> None:
        raise NetworkRefused(scene(folder))

    setting.__name__ = f"network_{scene.__name__}"
    return setting


def _found(scene: Callable[[], tuple[bytes, ...]]) -> Callable[[Path, pytest.MonkeyPatch], None]:
    def setting(_: Path, __: pytest.MonkeyPatch) -> None:
        named = [(str(number), der) for number, der in enumerate(scene())]
        findings = examine(named, country="XA", at=AT, check=crypto.check)
        raise TrustMaterialError(*(finding.reason for finding in findings))

    setting.__name__ = scene.__name__
    return setting


def _letter(scene: Callable[[], None]) -> Callable[[Path, pytest.MonkeyPatch], None]:
    def setting(_: Path, __: pytest.MonkeyPatch) -> None:
        scene()

    setting.__name__ = scene.__name__
    return setting


ONBOARDING = (*map(_found, onboarding_scenes.VECTORS), *map(_letter, onboarding_scenes.LETTERS))
NETWORK = tuple(map(_refused, scenes.VECTORS))


SETTINGS: dict[str, Callable[[Path, pytest.MonkeyPatch], None]] = {
    setting.__name__.replace("_", "-"): setting
    for setting in (
        key_file_of_nonsense,
        wrong_passphrase,
        counter_that_went_back,
        counter_shorter_than_it_was,
        hardware_module_without_its_library,
        root_asked_to_sign_documents,
        passphrase_of_eleven_octets,
        key_written_twice,
        folder_that_is_not_there,
        folder_without_a_key,
        parser_that_stumbles,
        passport_number_of_ten_characters,
        register_without_a_portrait,
        production_without_an_attack_test,
        weights_of_another_model,
        order_changed_after_signing,
        order_of_another_day,
        *SPECIAL,
        records.row_without_a_document,
        records.row_of_a_known_document_with_another_name,
        records.row_sent_before_of_somebody_else,
        records.row_sent_before_with_another_result,
        records.row_with_a_word_in_no_table,
        records.table_without_a_sample_time,
        records.correction_of_a_record_that_is_not_there,
        records.database_that_is_not_there,
        records.database_of_a_newer_version,
        records.key_file_that_others_may_read,
        records.looking_without_a_purpose_of_the_role,
        records.looking_at_more_people_than_a_desk_sees,
        records.app_under_a_name_that_is_taken,
        health_codes.word_that_nobody_gave,
        health_codes.code_set_by_one_office,
        health_codes.code_set_without_a_record,
        health_codes.code_set_for_two_people,
        health_codes.code_after_its_policy,
        *issuance.SETTINGS,
        *NETWORK,
        *venue_settings.SETTINGS,
        *ONBOARDING,
    )
}
