"""A certificate's whole way, from two new countries to a border, in under a minute and without a network.

Nothing is staged: the keys are fresh, the paper is drawn and read back from its picture, and every answer is compared
with the one the story tells; if one differs, the demonstration fails instead of telling it.
"""

import io
import secrets
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pypdfium2
from msgspec import Struct, structs

from pratique import qr
from pratique.answering import answer
from pratique.authority.signers.file import FileSigner
from pratique.authority.signers.keyfiles import NewKeys, new_country
from pratique.bundle import Bundle
from pratique.formats import _base45
from pratique.formats.hcert import PREFIX, inflate
from pratique.identification import Match, identify
from pratique.issuing import issue
from pratique.model import fhir, mrz, uvci
from pratique.model.certificate import Certificate, Evidence, TestKind, TravelDocument, choose
from pratique.model.certificate import Test as TestClaim
from pratique.model.errors import IssueRefused
from pratique.model.journey import Journey
from pratique.model.ports import port
from pratique.model.reasons import Reason
from pratique.paper import Scan, Sheet, certificate_pdf
from pratique.qr import Level
from pratique.sandbox import traveller
from pratique.sandbox.border import COUNTRIES, bundle_files
from pratique.texts import explain
from pratique.texts.saying import say as words
from pratique.trust import Environment, TrustList
from pratique.trust.x509 import trusted_key
from pratique.verification import verify

MARK = ".pratique-demo"
"""The file by which a folder is known as an earlier demonstration, which the next one may replace."""

_KEYS = ("csca.key.pem", "csca.pem", "dsc.key.counter", "dsc.key.pem", "dsc.pem")
MADE = frozenset(
    {MARK, "records.json", "passport.txt", "certificate.pdf", "certificate.png"}
    | {f"bundle{path}" for path in ("", "/rules", "/bundle.json", "/trust.json", "/revocation.json")}
    | {f"bundle/rules/{code}.json" for code in COUNTRIES}
    | {f"{name}.{kind}" for name in ("ithc", "dcc") for kind in ("txt", "png", "svg")}
    | {
        f"{code}{path}"
        for code in ("xa", "xb")
        for path in ("", "/trust.json", "/keys", *(f"/keys/{k}" for k in _KEYS))
    }
)
"""Every file and folder that a demonstration makes, by its path in the folder: the next one deletes nothing else."""

DPI = 150
XB = port("XBHAV")

Say = Callable[[str], None]


class Country(Struct, frozen=True):
    """A fictional state: its document signer and the trust list that it publishes."""

    code: str
    signer: FileSigner
    public: TrustList
    keys: NewKeys


class Papers(Struct, frozen=True):
    """What the traveller holds after a visit to her ministry."""

    certificate: Certificate
    ithc: str
    dcc: str
    page: bytes
    """The first printed page as a picture (PNG)."""


def run(out: Path, *, at: datetime, say: Say, command: str = "pratique") -> None:
    """Play the story in the folder `out`, telling it line by line; `command` is how this program is called.

    `at` is aware, and the day of the story. Raises `RuntimeError` where an answer is not the one told.
    """
    say("1. Two countries that do not exist make their keys: XA, which issues, and XB, which has a border.")
    issuer, border = (_country(code, out, at, say) for code in ("XA", "XB"))
    say("")
    say("2. XA's ministry of health signs what its records say of Han Meimei, who does not exist either.")
    papers = _issue(issuer, out, at, say)
    say("")
    say("3. XB's border reads the printed page from its picture. It knows XA's public list, and asks no network.")
    bundle = _bundle(issuer.public, out, at)
    verified = _arrive(papers, bundle, at, say)
    say("")
    say("4. What must not pass does not pass.")
    _refuse(structs.replace(papers, certificate=verified), issuer, border, at=at, say=say)
    say("")
    say(f"Everything is in {out}/: keys, trust lists, records, scans, codes, and certificate.pdf to print. Try:")
    trust, place = f"--trust {out / 'xa' / 'trust.json'}", out / "certificate.pdf"
    say(f"  {command} verify {trust} --document @{out / 'passport.txt'} {place}")
    say(f"  {command} verify {trust} --lang zh {out / 'dcc.png'}")
    border_asks = f"--bundle {out / 'bundle'} --to XBHAV"
    say(f"  {command} verify {border_asks} {out / 'ithc.txt'}")
    say(f"  {command} inspect {out / 'ithc.txt'}")


def _country(code: str, out: Path, at: datetime, say: Say) -> Country:
    """A root, a signer and a public trust list; the passphrase is never written down, so that nobody signs again."""
    folder, passphrase = out / code.lower(), secrets.token_hex(16).encode()
    folder.mkdir()
    keys = new_country(code, out=folder / "keys", at=at - timedelta(hours=1), passphrase=passphrase)
    signer = FileSigner.open(keys.dsc_key, passphrase=passphrase)
    public = TrustList(
        [trusted_key(keys.dsc_certificate.read_bytes())],
        environment=Environment.SANDBOX,
        issued=at,
        fresh_until=at + timedelta(days=30),
    )
    (folder / "trust.json").write_bytes(public.to_json())
    say(f"   {code}: key {keys.kid.hex()}, and a trust list for everybody, {folder / 'trust.json'}")
    return Country(code, signer, public, keys)


def _issue(country: Country, out: Path, at: datetime, say: Say) -> Papers:
    identifiers = tuple(uvci.from_record_id(country.code, secrets.token_bytes(16)) for _ in range(traveller.RECORDS))
    records = traveller.bundle(at, identifiers)
    (out / "records.json").write_bytes(msgspec.json.format(msgspec.json.encode(records)) + b"\n")
    (out / "passport.txt").write_text(mrz.write(traveller.PASSPORT) + "\n", encoding="ascii")
    certificate = _certificate(records, identifiers, country.code)
    say(f"   Her records hold {len(certificate.claims)} claims: vaccinations, a molecular test and an antibody test.")
    expires = at + timedelta(days=180)
    ithc = issue(certificate, format="ithc", signer=country.signer, at=at, expires=expires)
    one = choose(certificate, certificate.claims[1])
    dcc = issue(one, format="eu-dcc", signer=country.signer, at=at, expires=expires)
    say(f"   ITHC: {len(certificate.claims)} claims in {len(ithc)} characters. EU DCC: one dose in {len(dcc)}.")
    for name, scan in (("ithc", ithc), ("dcc", dcc)):
        (out / f"{name}.txt").write_text(f"{scan}\n", encoding="ascii")
        (out / f"{name}.png").write_bytes(qr.png(scan, level=Level.M))
        (out / f"{name}.svg").write_text(qr.svg(scan, level=Level.M), encoding="ascii")
    sheet = Sheet(
        certificate=certificate,
        scans=(Scan(ithc, certificate.claims),),
        issuer=traveller.ISSUER,
        country=country.code,
        issued=at,
        expires=expires,
        languages=("zh", "en"),
    )
    pdf = certificate_pdf(sheet)
    page = _picture(pdf)
    (out / "certificate.pdf").write_bytes(pdf)
    (out / "certificate.png").write_bytes(page)
    say(f"   The page to print: {out / 'certificate.pdf'}")
    return Papers(certificate, ithc, dcc, page)


def _certificate(records: dict[str, object], identifiers: tuple[str, ...], country: str) -> Certificate:
    """All claims about her, bound to her passport, and marked as a specimen."""
    holder = fhir.person(traveller.PATIENT)
    passport = traveller.PASSPORT
    document = TravelDocument.conceal(passport.kind, passport.country, passport.number, salt=secrets.token_bytes(16))
    claims = fhir.claims(
        records,
        uvci=lambda place: identifiers[place - 1],  # the patient comes first
        issuer=traveller.ISSUER,
        country=country,
        evidence=Evidence.REGISTRY,
    )
    return Certificate(structs.replace(holder, document=document), claims, specimen=True)


def _picture(pdf: bytes) -> bytes:
    document = pypdfium2.PdfDocument(pdf)
    image = document[0].render(scale=DPI / 72).to_pil()
    picture = io.BytesIO()
    image.save(picture, "PNG")
    document.close()
    return picture.getvalue()


def _bundle(trust_list: TrustList, out: Path, at: datetime) -> Bundle:
    """What the border has loaded: XA's keys, no withdrawals, and the entry rules of both states, as files."""
    files = bundle_files(trust_list, number=1, at=at)
    for name, data in files.items():
        (out / "bundle" / name).parent.mkdir(parents=True, exist_ok=True)
        (out / "bundle" / name).write_bytes(data)
    return Bundle.from_files(files)


def _arrive(papers: Papers, bundle: Bundle, at: datetime, say: Say) -> Certificate:
    """What the border has verified, compared with her passport, and asked its rules about."""
    (scan,) = qr.read(papers.page)
    told = answer([scan], bundle=bundle, at=at, document=traveller.PASSPORT, journey=Journey.entering(XB, at))
    _must(told.authentic is True and told.accepted is True and told.person is not None)
    _must(told.person is not None and told.person.match is Match.EXACT)
    say("   Genuine?        yes")
    say("   This person?    yes: name, date of birth and passport are the same")
    say("   Accepted here?  yes: vaccinated, so that no quarantine follows")
    one = answer([papers.dcc], bundle=bundle, at=at, journey=Journey.entering(XB, at))
    _must(one.authentic is True and one.accepted is False and one.verdict is not None)
    say("   Had she only her second dose's certificate with her:")
    for each in one.verdict.explanation if one.verdict is not None else ():
        if each.key.startswith(("entry.consequence", "entry.way")):
            say(f"     {words(each)}")
    return told.certificates[0]


def _refuse(papers: Papers, issuer: Country, border: Country, *, at: datetime, say: Say) -> None:
    def outcome(what: str, answer: str, *reasons: Reason) -> None:
        say(f"   {what}: {answer}")
        for reason in reasons:
            say(f"     {reason}: {explain(reason).what}")

    told = verify(tampered(papers.dcc), trust_list=issuer.public, at=at)
    _must(told.authentic is False and told.reasons == (Reason.SIGNATURE_INVALID,))
    outcome("One character of her date of birth is changed", "refused", *told.reasons)

    told = verify(papers.ithc, trust_list=border.public, at=at)
    _must(told.authentic is None and told.reasons == (Reason.KEY_UNKNOWN,))
    outcome("A border that has no list of XA", "undecided", *told.reasons)

    identity = identify(papers.certificate, traveller.BROTHERS_PASSPORT)
    _must(identity.match is Match.DIFFERENT)
    outcome("Her brother shows it with his own passport", "another person", *identity.reasons)

    production = TrustList(issuer.public.keys, environment=Environment.PRODUCTION)
    told = verify(papers.ithc, trust_list=production, at=at)
    _must(told.authentic is False and Reason.SPECIMEN in told.reasons)
    outcome("It is shown at a real border, though it is a specimen", "refused", Reason.SPECIMEN)

    antibody = [c for c in papers.certificate.claims if isinstance(c, TestClaim) and c.kind is TestKind.ANTIBODY]
    made = issuer.signer.count
    try:
        issue(choose(papers.certificate, *antibody), format="eu-dcc", signer=issuer.signer, at=at)
    except IssueRefused as refusal:
        _must(refusal.reasons == (Reason.ISSUE_ANTIBODY_TEST,) and issuer.signer.count == made)
        outcome("XA is asked for an EU DCC of the antibody test", "not signed", *refusal.reasons)
    else:
        raise _not_as_told()


def tampered(scan: str) -> str:
    """The same EU DCC with one digit of the birth date changed, and compressed and encoded as if nothing were."""
    message = inflate(_base45.decode(scan.removeprefix(PREFIX)))
    born = str(traveller.PATIENT["birthDate"]).encode()
    _must(message.count(born) == 1)
    changed = message.replace(born, born[:-1] + b"9")
    return PREFIX + _base45.encode(zlib.compress(changed))


def _must(held: bool) -> None:
    """The story is only told if it happened."""
    if not held:
        raise _not_as_told()


def _not_as_told() -> RuntimeError:
    return RuntimeError("the demonstration did not go as it tells")
