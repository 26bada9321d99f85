"""`pratique keys`: a country's keys, what a certificate says of its key, and the trust list that others load."""

from datetime import datetime, timedelta
from pathlib import Path

from cyclopts import App

from pratique.authority.signers.certificates import is_root, key_info
from pratique.authority.signers.keyfiles import new_country, read_key
from pratique.authority.signers.opening import make_signer
from pratique.authority.signers.places import is_hardware
from pratique.cli import _files, _passphrase, _trust
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import Out, PassphraseFile
from pratique.cli._printing import json_line, note, out, shown
from pratique.model.dates import format_instant
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import Algorithm, Use
from pratique.model.reasons import Reason
from pratique.trust import Environment, TrustedKey, TrustList
from pratique.trust.jwks import card_keys
from pratique.trust.jwks import write as write_key_set
from pratique.trust.published import any_published
from pratique.trust.recipients import is_recipient
from pratique.trust.x509 import trusted_key

MOST_DAYS = 36_500
"""A hundred years: a list that is never to go stale says so by leaving the end out."""

keys = App(
    name="keys",
    help="Make a country's keys, look at certificates of keys, write trust lists.",
    help_epilogue="""\
Examples:

  pratique keys new --country XA --out keys/xa --passphrase-file passphrase.txt
  pratique keys new --country XB --out keys/xb --sealing
  pratique keys signer keys/xa/dsc-2.key.pem --root keys/xa/csca.key.pem
  pratique keys signer 'pkcs11:token=xa;object=dsc-3?module-path=/usr/lib/softhsm/libsofthsm2.so' --root csca.key.pem
  pratique keys show keys/xa/dsc.pem
  pratique keys trust keys/xa/dsc.pem --out xa.json --environment sandbox --days 30
  pratique keys new --country XA --url https://health.xa.example/cards --out keys/cards
  pratique keys trust --anchor csca.pem --anchor master-list.ml --out roots.json
  pratique keys jwks keys/cards/dsc.pem --out jwks.json
""",
)


@keys.command
def new(
    *,
    country: str,
    out: Path,
    uses: str | None = None,
    algorithm: Algorithm = Algorithm.ES256,
    organisation: str | None = None,
    url: str | None = None,
    sealing: bool = False,
    passphrase_file: PassphraseFile = None,
) -> Exit:
    """Make a root (CSCA) and a document signer (DSC) in a new folder, both under one passphrase.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2; XA to XZ are free for rehearsals.
    out
        The folder to make.
    uses
        What the signer may vouch for, separated by commas: vaccination, test, recovery; anything if not given.
    algorithm
        ES256 (P-256, small codes), also if not given, or PS256 (RSA).
    organisation
        The organisation to name in the certificates.
    url
        The https address that names the issuer in SMART Health Cards, without a slash at its end; others look for
        its keys under it. No card can be issued if not given.
    sealing
        Make the health authority's key for sealed certificates besides (unsealer.pem is for issuers everywhere).
    """
    if organisation is not None:
        organisation = _files.line(organisation, "--organisation")
    made = new_country(
        country,
        out=out,
        at=_files.instant(None, "--at"),
        passphrase=_passphrase.get(passphrase_file, new=True),
        organisation=organisation,
        uses=_uses(uses),
        algorithm=algorithm,
        url=url,
        sealing=sealing,
    )
    written = [made.csca_key, made.csca_certificate, made.dsc_key, made.dsc_certificate, made.dsc_counter]
    for path in (*written, made.unsealer_key, made.unsealer_certificate):
        if path is not None:
            note(f"{path.name} written")
    return show(made.dsc_certificate)


@keys.command
def signer(
    key: Path,
    /,
    *,
    root: Path,
    uses: str | None = None,
    algorithm: Algorithm = Algorithm.ES256,
    url: str | None = None,
    passphrase_file: Path | None = None,
    root_passphrase_file: Path | None = None,
) -> Exit:
    """Make another document signer (DSC) under a root that is there, in a file or in a hardware module.

    Parameters
    ----------
    key
        Where: a file ….key.pem to be written, or pkcs11:token=…;object=…?module-path=…&certificate=…
    root
        The root's key file (csca.key.pem), its certificate beside it.
    uses
        What it may vouch for, separated by commas: vaccination, test, recovery; anything if not given.
    algorithm
        ES256 (P-256, small codes), also if not given, or PS256 (RSA).
    url
        The https address that names the issuer in SMART Health Cards.
    passphrase_file
        A file with the new key's passphrase, or the PIN of the module; else PRATIQUE_PASSPHRASE, else you are asked.
    root_passphrase_file
        A file with the root's passphrase, if it is another.
    """
    at = _files.instant(None, "--at")
    passphrase = _passphrase.get(passphrase_file, new=not is_hardware(key))
    pair = read_key(
        root, passphrase=passphrase if root_passphrase_file is None else _passphrase.get(root_passphrase_file)
    )
    name = f"{key_info(pair.certificate_der).issuer} DSC {at:%Y-%m-%d}"
    made = make_signer(
        key,
        under=pair,
        common_name=name,
        at=at,
        passphrase=passphrase,
        uses=_uses(uses),
        algorithm=algorithm,
        url=url,
    )
    note(f"{made.name} written; its counter lies beside it, always, and nowhere else")
    return show(made)


@keys.command
def show(*file: Path, json: bool = False) -> Exit:
    """Say what certificates of keys say, and how long they last.

    Parameters
    ----------
    file
        Certificates in PEM or DER.
    json
        Print one JSON object a certificate, a line each.
    """
    if not file:
        raise UsageFault("no certificate was named: give the names of their files")
    now = _files.instant(None, "--at")
    for path in file:
        for certificate in _trust.certificates(path):
            key = _key(path, certificate)
            if json:
                url = next((found.issuer for found in card_keys(certificate)), None)
                kinds = {"root": _is_root(certificate), "sealing": _is_recipient(certificate)}
                json_line({"file": str(path), **_described(key), "url": url, **kinds})
            else:
                _print(path, key, certificate, now)
    return Exit.DONE


@keys.command
def trust(
    *cert: Path,
    out: Out,
    anchor: tuple[Path, ...] = (),
    environment: Environment = Environment.PRODUCTION,
    days: int | None = None,
) -> Exit:
    """Write a JSON trust list of document signers and roots, for `pratique verify --trust`.

    Parameters
    ----------
    cert
        Certificates of document signers in PEM or DER.
    anchor
        Roots (CSCA), or a folder or master list of them, whose signers all count where a scan brings its signer along
        (ICAO VDS-NC); may be given again.
    environment
        Where the list counts: production, also if not given, test or sandbox; specimens count in a sandbox alone.
    days
        How long the list may be used before it is stale; for ever if not given.
    """
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise UsageFault(f"--days is a number of days, from 1 to {MOST_DAYS}")
    found = []
    for path in cert:
        for certificate in _trust.certificates(path):
            found += [_key(path, certificate), *card_keys(certificate)]
            if _is_root(certificate):
                raise UsageFault(f"{path}: a root signs keys and no certificates; name its signers, or give --anchor")
            if _is_recipient(certificate):
                raise UsageFault(f"{path}: a key for sealed certificates signs nothing, and belongs on no trust list")
    roots = _trust.anchors(anchor) if anchor else ()
    if not (found or roots):
        raise TrustMaterialError(Reason.TRUST_EMPTY, detail="no certificate was named")
    now = _files.instant(None, "--at")
    listed = TrustList(
        found,
        anchors=roots,
        environment=environment,
        issued=now,
        fresh_until=now + timedelta(days=days) if days else None,
    )
    if environment is Environment.PRODUCTION and any_published(listed.spkis):
        raise TrustMaterialError(Reason.TRUST_KEY_PUBLIC, detail="a key that belongs in tests alone")
    _files.write(out, listed.to_json())
    counted = [_counted(len(listed), "key")] * bool(found) + [_counted(len(listed.anchors), "root")] * bool(roots)
    note(f"{out}: {', '.join(counted)}, {environment}")
    return Exit.DONE


@keys.command(name="jwks")
def key_set(*cert: Path, out: Out) -> Exit:
    """Write the key set that an issuer of SMART Health Cards publishes at its address, /.well-known/jwks.json.

    Parameters
    ----------
    cert
        Certificates of document signers in PEM or DER, made with --url.
    """
    found = []
    for path in cert:
        with _files.of(path):
            write_key_set(each := _trust.certificates(path))  # by itself, so that a fault is this file's
        found += each
    if not found:
        raise TrustMaterialError(Reason.TRUST_EMPTY, detail="no certificate was named")
    _files.write(out, write_key_set(found))
    for url in dict.fromkeys(key.issuer for certificate in found for key in card_keys(certificate)):
        note(f"{out}: to be published at {url}/.well-known/jwks.json")
    return Exit.DONE


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"


def _uses(text: str | None) -> frozenset[Use] | None:
    if text is None:
        return None
    try:
        return frozenset(Use(use.strip()) for use in text.split(","))
    except ValueError as fault:
        raise UsageFault("--uses takes vaccination, test and recovery, separated by commas") from fault


def _key(path: Path, certificate: bytes) -> TrustedKey:
    with _files.of(path):
        return trusted_key(certificate)


def _is_root(certificate: bytes) -> bool:
    try:
        return is_root(certificate)
    except TrustMaterialError:
        return False  # a certificate that only the lenient reader takes says it is no authority in no way we know


def _is_recipient(certificate: bytes) -> bool:
    try:
        return is_recipient(certificate)
    except TrustMaterialError:
        return False  # as above


def _described(key: TrustedKey) -> dict[str, object]:
    return {
        "country": key.issuer,
        "key_id": key.kid.hex(),
        "kind": key.key.kind,
        "uses": sorted(key.uses) if key.uses is not None else None,
        "not_before": key.not_before,
        "not_after": key.not_after,
    }


def _print(path: Path, key: TrustedKey, certificate: bytes, now: datetime) -> None:
    out(f"{path}")
    kind = "root (CSCA)" if _is_root(certificate) else "document signer (DSC)"
    if _is_recipient(certificate):
        kind = "key for sealed certificates"
    out(f"  {kind} of {shown(key.issuer or 'no country')}")
    out(f"  key id  {key.kid.hex()}  ({key.key.kind})")
    uses = "any" if key.uses is None else ", ".join(sorted(key.uses)) or "signs nothing"
    out(f"  uses    {uses}")
    for card in card_keys(certificate):
        out(f"  cards   {shown(card.issuer or '')}, key id {card.kid.decode()}")
    if key.not_before is not None and key.not_after is not None:
        state = _state(key.not_before, key.not_after, now)
        out(f"  period  {format_instant(key.not_before)} to {format_instant(key.not_after)}, {state}")


def _state(start: datetime, end: datetime, now: datetime) -> str:
    if now < start:
        return "not begun"
    return "ended" if now > end else f"{(end - now).days} days left"
