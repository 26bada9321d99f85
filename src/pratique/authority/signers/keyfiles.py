"""Keys on the disk: an encrypted key, its certificate beside it, and the counter of a document signer.

Every file appears whole, flushed and under its final name, or not at all, and none is ever overwritten.
"""

import errno
import os
import shutil
import tempfile
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from asn1crypto import pem
from msgspec import Struct

from pratique.authority.signers import counter, pkcs8
from pratique.authority.signers.certificates import (
    KeyPair,
    belongs,
    is_root,
    key_info,
    make_csca,
    make_dsc,
    make_unsealer,
)
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import Algorithm, Use
from pratique.model.reasons import Reason
from pratique.trust.recipients import is_recipient

_KEY_SUFFIX = ".key.pem"


class KeyFiles(Struct, frozen=True):
    """Where a key pair lies: `dsc.key.pem`, `dsc.pem` and, for a document signer, `dsc.key.counter`."""

    key: Path
    certificate: Path
    counter: Path

    @classmethod
    def of(cls, key: Path) -> "KeyFiles":
        """The files beside `key`. Raises `TrustMaterialError` (`KEY_TEMPLATE`) if its name does not end in .key.pem."""
        if not key.name.endswith(_KEY_SUFFIX):
            raise TrustMaterialError(Reason.KEY_TEMPLATE, detail=f"the name of a key file ends in {_KEY_SUFFIX}")
        name = key.name.removesuffix(_KEY_SUFFIX)
        return cls(key, key.with_name(f"{name}.pem"), key.with_name(f"{name}.key.counter"))


class NewKeys(Struct, frozen=True):
    """What `new_country` made; `kid` is the document signer's key id (8 bytes)."""

    csca_key: Path
    csca_certificate: Path
    dsc_key: Path
    dsc_certificate: Path
    dsc_counter: Path
    kid: bytes
    unsealer_key: Path | None = None
    unsealer_certificate: Path | None = None


def new_country(
    country: str,
    *,
    out: Path,
    at: datetime,
    passphrase: bytes,
    root_passphrase: bytes | None = None,
    organisation: str | None = None,
    uses: frozenset[Use] | None = None,
    algorithm: Algorithm = Algorithm.ES256,
    url: str | None = None,
    sealing: bool = False,
) -> NewKeys:
    """A root and a first document signer in the new directory `out` (mode 0700), or nothing.

    `root_passphrase` None locks all keys with `passphrase`; `url` names the issuer in SMART Health Cards; `sealing`
    adds the health authority's key for sealed certificates. Raises `TrustMaterialError`: `KEY_EXISTS` if `out` is there
    with anything in it, `KEY_TEMPLATE`, `KEY_PASSPHRASE`, `KEY_NOT_WRITTEN`.
    """
    out = out.resolve()
    csca = make_csca(country, f"{country} CSCA {at:%Y-%m-%d}", at=at, organisation=organisation, algorithm=algorithm)
    dsc = make_dsc(csca, common_name=f"{country} DSC {at:%Y-%m-%d}", at=at, uses=uses, algorithm=algorithm, url=url)
    unsealer = make_unsealer(csca, common_name=f"{country} unsealing {at:%Y-%m-%d}", at=at) if sealing else None
    with ExitStack() as cleanup:
        try:
            partial = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
            cleanup.callback(shutil.rmtree, partial, ignore_errors=True)
            write_key(partial / "csca.key.pem", csca, passphrase if root_passphrase is None else root_passphrase)
            write_key(partial / "dsc.key.pem", dsc, passphrase)
            if unsealer is not None:
                write_key(partial / "unsealer.key.pem", unsealer, passphrase)
            partial.rename(out)
            cleanup.callback(shutil.rmtree, out)
            _flush_directory(out.parent)
            cleanup.pop_all()
        except OSError as fault:
            raise _not_written(out, fault) from fault
    root, signer, opener = (KeyFiles.of(out / f"{name}.key.pem") for name in ("csca", "dsc", "unsealer"))
    return NewKeys(
        csca_key=root.key,
        csca_certificate=root.certificate,
        dsc_key=signer.key,
        dsc_certificate=signer.certificate,
        dsc_counter=signer.counter,
        kid=key_info(dsc.certificate_der).kid,
        unsealer_key=opener.key if sealing else None,
        unsealer_certificate=opener.certificate if sealing else None,
    )


def write_key(path: Path, pair: KeyPair, passphrase: bytes) -> KeyFiles:
    """Write an encrypted key (mode 0600) to `path`, named `….key.pem`, its certificate as PEM beside it, and for a
    document signer the counter of its signatures, at 0.

    The key comes last: where it is, all is. Raises `TrustMaterialError`: `KEY_EXISTS` if any of the files is there,
    `KEY_UNREADABLE` if key and certificate do not belong together, `KEY_TEMPLATE`, `KEY_PASSPHRASE`, `KEY_NOT_WRITTEN`.
    """
    files = KeyFiles.of(path)
    if not belongs(pair):
        raise TrustMaterialError(Reason.KEY_UNREADABLE, detail="the key and the certificate do not belong together")
    contents = [
        (files.certificate, pem.armor("CERTIFICATE", pair.certificate_der), 0o644),
        (files.key, pkcs8.encrypt(pair.private_key, passphrase), 0o600),
    ]
    if not (is_root(pair.certificate_der) or is_recipient(pair.certificate_der)):
        contents.insert(0, (files.counter, counter.record(0, key_info(pair.certificate_der).kid), 0o600))
    _write(contents)
    return files


def write_beside(certificate: Path, der: bytes) -> None:
    """Write the certificate of a document signer whose key lies in a hardware module, and its counter, at 0, beside it.

    Raises `TrustMaterialError`: `KEY_EXISTS`, `KEY_NOT_WRITTEN`.
    """
    counted = (beside(certificate).counter, counter.record(0, key_info(der).kid), 0o600)
    _write([counted, (certificate, pem.armor("CERTIFICATE", der), 0o644)])


def beside(certificate: Path) -> KeyFiles:
    """The files that go with the certificate of a document signer."""
    return KeyFiles.of(certificate.with_suffix(_KEY_SUFFIX))


def _write(contents: list[tuple[Path, bytes, int]]) -> None:
    """Files in one directory, flushed, all or none, the last of which says that the others are there."""
    with ExitStack() as cleanup:
        for place, content, mode in contents:
            try:
                _place(place, content, mode)
            except OSError as fault:
                raise _not_written(place, fault) from fault
            cleanup.callback(place.unlink, missing_ok=True)
        try:
            _flush_directory(contents[0][0].parent)
        except OSError as fault:
            raise _not_written(contents[-1][0], fault) from fault
        cleanup.pop_all()


def read_key(key_path: Path, certificate_path: Path | None = None, *, passphrase: bytes) -> KeyPair:
    """A key pair from its files; the certificate is found beside the key unless it is named.

    Raises `TrustMaterialError`: `KEY_UNREADABLE`, `KEY_LOCKED`, `TRUST_KEY_KIND`.
    """
    certificate_path = certificate_path or KeyFiles.of(key_path).certificate
    pair = KeyPair(read_certificate(certificate_path), pkcs8.decrypt(_read(key_path), passphrase))
    if not belongs(pair):
        detail = f"{key_path.name} and {certificate_path.name} do not belong together"
        raise TrustMaterialError(Reason.KEY_UNREADABLE, detail=detail)
    return pair


def read_certificate(path: Path) -> bytes:
    """The certificate of a PEM file, in DER. Raises `TrustMaterialError` (`KEY_UNREADABLE`)."""
    try:
        label, _, certificate = pem.unarmor(_read(path))
    except ValueError as fault:
        raise TrustMaterialError(Reason.KEY_UNREADABLE, detail=f"{path.name} is not a PEM") from fault
    if label != "CERTIFICATE":
        raise TrustMaterialError(Reason.KEY_UNREADABLE, detail=f"{path.name} holds no certificate")
    return bytes(certificate)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        detail = f"{path.name} cannot be read ({_name_of(fault)})"
        raise TrustMaterialError(Reason.KEY_UNREADABLE, detail=detail) from fault


def _place(path: Path, content: bytes, mode: int) -> None:
    """Write and flush beside `path`, then link: unlike a rename, a link refuses to replace what is there."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.link(temporary, path)
    finally:
        os.unlink(temporary)


def _flush_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _not_written(path: Path, fault: OSError) -> TrustMaterialError:
    if fault.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR) and path.exists():
        return TrustMaterialError(Reason.KEY_EXISTS, detail=f"{path.name} is there already, and keys are not replaced")
    return TrustMaterialError(Reason.KEY_NOT_WRITTEN, detail=f"{path.name} could not be written ({_name_of(fault)})")


def _name_of(fault: OSError) -> str:
    return errno.errorcode.get(fault.errno or 0, "unknown")
