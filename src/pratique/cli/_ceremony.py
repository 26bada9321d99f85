"""`pratique bundle prepare`, `sign`, `assemble`: a network's file, signed by people apart, each with one key."""

import re
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from pratique.cli import _bundle, _files, _passphrase
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import SignerPassphrase
from pratique.cli._printing import note, out, tell_problems
from pratique.model.dates import format_instant
from pratique.model.errors import NetworkRefused

_NAME = re.compile(r"(\d{1,9})\.([A-Za-z]+)\.(?:[\w-]+\.)?json", re.ASCII)
_Several = Annotated[tuple[Path, ...], Parameter(consume_multiple=True)]


def prepare(
    folder: Path,
    what: Literal["root", "office", "participant"],
    /,
    *,
    to: Path,
    network: Path | None = None,
    own: Path | None = None,
    participant: str | None = None,
    parts: Path | None = None,
    at: str | None = None,
) -> Exit:
    """Write a network's next file without a signature, to be handed to everybody who signs it. It takes no key.

    Parameters
    ----------
    folder
        The network's folder; for the first root it may be empty.
    what
        root: who signs from now on. office: who participates. participant: what one publishes.
    to
        The folder to write it to, as 2.root.json.
    network
        For root and office, the JSON file that says who signs.
    own
        For the office, a folder of the network's own parts.
    participant
        Whose parts they are.
    parts
        Their folder.
    at
        The instant of issue, in ISO 8601; now if not given, and UTC if it names no zone.
    """
    from pratique.cli import _network
    from pratique.network import ceremony, repository
    from pratique.network import folder as folders

    if (what == "participant") is (network is not None) or (what == "participant") is (participant is None):
        raise UsageFault("root and office take --network; participant takes --participant and --parts")
    _files.check_folder(folder)
    found, moment = folders.load(folder), _files.instant(at, "--at")
    if network is not None:
        said = _network.read(network)
        if shared := ceremony.shared_keys(said.officers, said.participants):
            tell_problems(shared, note)
            return Exit.REFUSED
    if what == "root":
        root = repository.draft_root(found, said.officers, environment=said.environment, at=moment)
        name, data = f"{root.version}.root.json", ceremony.unsigned(root)
    elif what == "office":
        targets = repository.draft_targets(found, said.participants, _bundle.parts(own), at=moment)
        name, data = f"{targets.version}.targets.json", ceremony.unsigned(targets)
    else:
        contributed = repository.draft_contribution(found, participant or "", _bundle.parts(parts), at=moment)
        name, data = f"{contributed.version}.{participant}.json", ceremony.unsigned(contributed)
    try:
        to.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise UsageFault(f"{to}: {fault.strerror}") from fault
    _files.write(to / name, data)
    _show(to / name, data)
    return Exit.DONE


def sign(
    file: Path, /, *, key: Path | None = None, to: Path | None = None, passphrase_file: SignerPassphrase = None
) -> Exit:
    """Show what a network's file says and, with a key, write a copy of it with your signature.

    Compare the SHA-256 with the others who sign, over another way than the file came.

    Parameters
    ----------
    file
        The file, as `prepare` wrote it; 2.root.json.
    key
        Your key: its file, or its name in a hardware module, pkcs11:token=…;object=…?module-path=… Without one the
        file is only shown.
    to
        Where to write the copy; 2.root.KEY.json beside it if not given.
    """
    from pratique.cli import _network
    from pratique.network import ceremony

    data = _files.read(file, at_most=ceremony.LONGEST)
    _show(file, data)
    if key is None:
        return Exit.DONE
    copy = to or file.with_name(f"{file.name.removesuffix('.json')}.{_network.named(key)}.json")
    with _network.keys([key], _passphrase.get(passphrase_file)) as (secret,):
        _files.write(copy, ceremony.sign(data, secret))
    note(f"{copy.name} written")
    return Exit.DONE


def assemble(folder: Path, /, *copies: Path, own: Path | None = None, parts: Path | None = None) -> Exit:
    """Bring the copies together that everybody signed; once enough have, the file is the network's. It takes no key.

    Parameters
    ----------
    folder
        The network's folder.
    copies
        Each signer's copy: 2.root.r1.json 2.root.r2.json.
    own
        For the office's file, the folder of the network's own parts that it was prepared with.
    parts
        For a participant's file, the folder of its parts.
    """
    from pratique.network import ceremony, repository
    from pratique.network import folder as folders

    named = {match[2] for copy in copies if (match := _NAME.fullmatch(copy.name))}
    if len(named) != 1 or not all(_NAME.fullmatch(copy.name) for copy in copies):
        raise UsageFault("name the copies of one file, each as it was written: 2.root.r1.json 2.root.r2.json")
    (role,) = named
    found = folders.load(folder)
    data = ceremony.assembled([_files.read(copy, at_most=ceremony.LONGEST) for copy in copies])
    lacking = ceremony.missing(found, role, data)
    for whose, count in lacking:
        note(f"by the word of {whose}, {count} more {'signature is' if count == 1 else 'signatures are'} needed")
    if lacking:
        note("nothing was written")
        return Exit.UNDECIDED
    try:
        found = repository.accept(found, role, data, _bundle.parts(own or parts))
    except NetworkRefused as refusal:
        tell_problems(refusal.problems, note)
        note("nothing was written")
        return Exit.REFUSED
    note(f"{folder}: {folders.write(folder, found)} files written")
    return Exit.DONE


def _show(path: Path, data: bytes) -> None:
    from pratique.network import ceremony

    told = ceremony.describe(data)
    issued = format_instant(told.issued) if told.issued else "?"
    out(f"{path.name}: {told.kind} {told.version}, {told.environment}")
    out(f"  issued {issued}, ends {format_instant(told.expires)}")
    for line in told.says:
        out(f"  {line}")
    for keyid in told.signed_by:
        out(f"  signed by {keyid[:16]}")
    out(f"SHA-256 {told.digest}")
