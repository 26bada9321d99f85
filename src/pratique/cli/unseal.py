"""`pratique unseal`: what is in a sealed certificate, for the health authority that it was made for."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from pratique.answering import compose
from pratique.authority.signers.unsealer import FileUnsealer
from pratique.cli import _answers, _bundle, _document, _files, _passphrase, _scans
from pratique.cli._answers import Told
from pratique.cli._exits import Exit, worst
from pratique.cli._options import JudgedAt, Lang, PassphraseFile, Sandbox
from pratique.cli._printing import json_line, note, out, watched
from pratique.model.sealed import Sealed
from pratique.unsealing import unseal as unseal_one
from pratique.verification import Verification, verify

unseal = App(
    name="unseal",
    help_epilogue="""\
Examples:

  pratique unseal --bundle bundle/ --key keys/xb/unsealer.key.pem HC1:...
  pratique unseal --trust list.json --key keys/xb/unsealer.key.pem --json - < scans.txt

The key belongs in a health authority's office and on no border's device: a border reads the open twin.

Exit codes: 0 authentic and opened, 1 refused, 2 undecided, or sealed for others, 3 cannot be used, 4 our fault.
""",
)


@unseal.default
def opened(
    *scan: Annotated[str, Parameter(allow_leading_hyphen=True)],
    key: Path,
    trust: tuple[Path, ...] = (),
    bundle: Path | None = None,
    at: JudgedAt = None,
    document: str | None = None,
    sandbox: Sandbox = False,
    passphrase_file: PassphraseFile = None,
    json: bool = False,
    lang: Lang = "en",
) -> Exit:
    """Verify sealed certificates, open them with your key, and show what they claim.

    Parameters
    ----------
    scan
        A scan (HC1:...), a text file with a scan a line, a picture or PDF of codes, or - for stdin.
    key
        The health authority's key file (keys new --sealing); its certificate lies beside it.
    trust
        A signer's certificate or a root (PEM or DER), a JSON trust list, or a folder of those; may be given again.
    bundle
        The folder of a bundle: trust list and withdrawals, instead of --trust.
    document
        The machine readable zone of the document in hand, its lines separated by / or line ends, or @FILE.
    json
        Print one JSON object a scan, a line each.
    """
    scans = _scans.find(scan)
    instant, in_hand = _files.instant(at, "--at"), _document.read(document)
    lists = _bundle.given(bundle, trust, sandbox=sandbox, at=instant)
    instant = _bundle.reckoned(lists, instant) if at is None else instant
    unsealer = FileUnsealer.open(key, passphrase=_passphrase.get(passphrase_file))
    exits = []
    with closing(watched(scans)) as coming:
        for found in coming:
            if isinstance(found, _scans.Missing) or found.scan is None:
                _scans.tell(found)
                exits.append(Exit.USAGE)
                continue
            told = verify(found.scan, trust_list=lists.trust_list, at=instant, revocation=lists.revocation)
            if isinstance(told.content, Sealed):
                told = unseal_one(told, unsealer, revocation=lists.revocation)
            elif told.content is not None:
                note(f"{found.source}: not a sealed certificate, so that there is nothing to open")
            answer = compose([told], at=instant, bundle=lists, document=in_hand)
            exits += [_answers.exit_of(answer), _still_sealed(told)]
            if json:
                json_line(_answers.as_json(Told(found.source, answer), lang))
            else:
                for line in _answers.lines(answer, lang):
                    out(line)
    return worst(exits)


def _still_sealed(told: Verification) -> Exit:
    return Exit.UNDECIDED if isinstance(told.content, Sealed) else Exit.DONE
