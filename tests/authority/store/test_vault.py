"""The vault: what it refuses to open, and its file."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.authority.store import Vault
from pratique.model.errors import StoreFault

VAULT = Vault.draw()


@given(st.binary(max_size=200), st.text(st.characters(codec="utf-8")))
def test_what_is_sealed_opens_at_its_place(value: bytes, place: str) -> None:
    sealed = VAULT.seal(value, place)
    assert VAULT.open(sealed, place) == value
    assert sealed != VAULT.seal(value, place)
    with pytest.raises(StoreFault, match="changed, or moved"):
        VAULT.open(sealed, place + ".")


@given(st.binary(min_size=1, max_size=64), st.data())
def test_a_flipped_bit_opens_nothing(value: bytes, data: st.DataObject) -> None:
    sealed = bytearray(VAULT.seal(value, "x"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(StoreFault, match="STORE_VAULT"):
        VAULT.open(bytes(sealed), "x")


@given(st.binary(max_size=40))
def test_nonsense_opens_nothing(sealed: bytes) -> None:
    with pytest.raises(StoreFault, match="STORE_VAULT"):
        VAULT.open(sealed, "x")


def test_hashes_differ_by_kind_and_by_vault() -> None:
    one = VAULT.hash("document number", "XA1234567")
    assert one == VAULT.hash("document number", "XA1234567")
    assert one not in {VAULT.hash("origin", "XA1234567"), Vault.draw().hash("document number", "XA1234567")}


def test_rotation_opens_the_old_and_seals_with_the_new() -> None:
    sealed = VAULT.seal(b"old", "x")
    rotated = VAULT.rotated()
    assert rotated.open(sealed, "x") == b"old"
    assert not rotated.is_current(sealed)
    assert rotated.is_current(rotated.seal(b"old", "x"))
    assert rotated.hashes("k", "v")[1:] == (VAULT.hash("k", "v"),)
    with pytest.raises(StoreFault, match="not in this vault"):
        rotated.without_old_keys().open(sealed, "x")


def test_the_file_reads_back_and_is_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "vault.json"
    rotated = VAULT.rotated()
    rotated.write(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert Vault.read(path).open(rotated.seal(b"v", "x"), "x") == b"v"
    path.chmod(0o640)
    with pytest.raises(StoreFault, match="chmod 600"):
        Vault.read(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b'{"current": 1, "keys": {}}',
        b'{"current": 1, "keys": {"1": {"look_up": "AAAA", "seal": "AAAA"}}}',
        b'{"current": 1, "keys": {"x": {"look_up": "AAAA", "seal": "AAAA"}}}',
        b'{"current": 1, "keys": {"1": {"look_up": "!", "seal": "AAAA"}}}',
    ],
)
def test_files_that_are_no_vault(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vault.json"
    path.write_bytes(content)
    os.chmod(path, 0o600)
    with pytest.raises(StoreFault, match="STORE_VAULT"):
        Vault.read(path)
    with pytest.raises(StoreFault, match="cannot be read"):
        Vault.read(tmp_path / "nowhere.json")
