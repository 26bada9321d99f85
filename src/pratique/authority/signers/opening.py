"""A document signer from its name in a setting or an option: the one way, for keys in files and in hardware."""

from pathlib import Path

from pratique.authority.signers.counter import CountedSigner
from pratique.authority.signers.file import FileSigner
from pratique.authority.signers.keyfiles import KeyFiles, read_certificate
from pratique.authority.signers.places import Place, is_hardware, place
from pratique.model.errors import TrustMaterialError
from pratique.model.reasons import Reason


def open_signer(key: Path, *, passphrase: bytes) -> CountedSigner:
    """The signer of a key file, or of a key in a hardware module that is named as `places.place` has it.

    `passphrase` opens the file; of a module it is the PIN, unless its name has a `pin-source`. The certificate and the
    counter lie beside the key file, or where the name says. Raises `TrustMaterialError` as `FileSigner.open` and
    `HardwareSigner.open` do, and `ModuleNotFoundError` where the extra `[hsm]` is missing.
    """
    if not is_hardware(key):
        return FileSigner.open(key, passphrase=passphrase)
    from pratique.authority.signers.pkcs11 import HardwareSigner

    try:
        where = place(str(key))
    except ValueError as fault:
        raise TrustMaterialError(Reason.KEY_UNREADABLE, detail=f"{fault}; a PIN is no part of it") from fault
    return HardwareSigner.open(
        where.module,
        token=where.token,
        label=where.label,
        pin=pin_of(where, passphrase),
        certificate=read_certificate(where.certificate),
        counter_path=KeyFiles.of(where.certificate.with_suffix(".key.pem")).counter,
    )


def pin_of(where: Place, passphrase: bytes) -> str:
    """The PIN of a place: out of its own file, else the passphrase. Raises `TrustMaterialError` (`KEY_LOCKED`)."""
    try:
        found = passphrase if where.pin is None else where.pin.read_bytes().rstrip(b"\r\n")
        return found.decode()
    except OSError as fault:
        raise TrustMaterialError(Reason.KEY_LOCKED, detail="the file of its PIN cannot be read") from fault
    except UnicodeDecodeError as fault:
        raise TrustMaterialError(Reason.KEY_LOCKED, detail="the PIN of a module is text") from fault
