"""A document signer from its name in a setting or an option: the one way, for keys in files and in hardware.

open_signer(name)               whoever signs with a key that is there
make_signer(name, under=root)   a new one, in the file or the module that the name says
"""

from datetime import datetime
from pathlib import Path

from pratique.authority.signers.certificates import KeyPair, certify_dsc, make_dsc
from pratique.authority.signers.counter import CountedSigner
from pratique.authority.signers.file import FileSigner
from pratique.authority.signers.keyfiles import beside, read_certificate, write_beside, write_key
from pratique.authority.signers.places import Place, is_hardware, place
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import Algorithm, Use
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

    where = _place(key)
    return HardwareSigner.open(
        where.module,
        token=where.token,
        label=where.label,
        pin=pin_of(where, passphrase),
        certificate=read_certificate(where.certificate),
        counter_path=beside(where.certificate).counter,
    )


def make_signer(
    key: Path,
    *,
    under: KeyPair,
    common_name: str,
    at: datetime,
    passphrase: bytes,
    uses: frozenset[Use] | None = None,
    algorithm: Algorithm = Algorithm.ES256,
    url: str | None = None,
) -> Path:
    """A new document signer under the root `under`, with its counter at 0; where its certificate was written.

    A key in a hardware module is made by it, and cannot leave it. Raises `TrustMaterialError` as `make_dsc`,
    `write_key` and `pkcs11.make_key` do: KEY_EXISTS before anything is made, where one of its files is there.
    """
    if not is_hardware(key):
        pair = make_dsc(under, common_name=common_name, at=at, uses=uses, algorithm=algorithm, url=url)
        return write_key(key, pair, passphrase).certificate
    from pratique.authority.signers.pkcs11 import make_key

    where = _place(key)
    for file in (where.certificate, beside(where.certificate).counter):
        if file.exists():
            raise TrustMaterialError(
                Reason.KEY_EXISTS, detail=f"{file.name} is there already, and keys are not replaced"
            )
    make_dsc(under, common_name=common_name, at=at, uses=uses, url=url)  # what a root refuses is refused before
    public = make_key(
        where.module, token=where.token, label=where.label, pin=pin_of(where, passphrase), algorithm=algorithm
    )
    write_beside(where.certificate, certify_dsc(under, public, common_name=common_name, at=at, uses=uses, url=url))
    return where.certificate


def _place(key: Path) -> Place:
    try:
        return place(str(key))
    except ValueError as fault:
        raise TrustMaterialError(Reason.KEY_UNREADABLE, detail=f"{fault}; a PIN is no part of it") from fault


def pin_of(where: Place, passphrase: bytes) -> str:
    """The PIN of a place: out of its own file, else the passphrase. Raises `TrustMaterialError` (`KEY_LOCKED`)."""
    try:
        found = passphrase if where.pin is None else where.pin.read_bytes().rstrip(b"\r\n")
        return found.decode()
    except OSError as fault:
        raise TrustMaterialError(Reason.KEY_LOCKED, detail="the file of its PIN cannot be read") from fault
    except UnicodeDecodeError as fault:
        raise TrustMaterialError(Reason.KEY_LOCKED, detail="the PIN of a module is text") from fault
