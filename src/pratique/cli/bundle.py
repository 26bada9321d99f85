"""`pratique bundle`: releases of keys, rules and withdrawals: published, fetched, and how old they are."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from pratique.bundle import Bundle, Part
from pratique.cli import _bundle, _ceremony, _files, _passphrase
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import Json, SignerPassphrase
from pratique.cli._printing import json_line, note, out
from pratique.model.consequence import Consequence
from pratique.model.dates import format_instant
from pratique.model.errors import NetworkRefused, Problem
from pratique.model.reasons import Reason
from pratique.rules.entry import EntryRules
from pratique.texts import explain
from pratique.trust import Environment

_Several = Annotated[tuple[Path, ...], Parameter(consume_multiple=True)]

bundle = App(
    name="bundle",
    help="Publish, fetch and look at releases: keys, entry rules and withdrawals under one number.",
    help_epilogue="""\
Examples:

  pratique bundle show demo/bundle
  pratique bundle show --json demo/bundle | jq .parts
  pratique bundle update lists --from https://lists.example/network --root root.json
  pratique bundle key keys/office --passphrase-file passphrase.txt
  pratique bundle key keys/online --hardware 'pkcs11:token=xa;object=online?module-path=/usr/lib/softhsm/libsofthsm2.so'
  pratique bundle publish dist --network network.json --root-key keys/r1.key.pem keys/r2.key.pem \\
      --office-key keys/office.key.pem --passphrase-file passphrase.txt
  pratique bundle publish dist --participant XA --parts xa --key keys/xa.key.pem
  pratique bundle publish dist --online-key keys/online.key.pem
  pratique bundle prepare dist root --network network.json --to ceremony
  pratique bundle sign ceremony/2.root.json --key r1.key.pem
  pratique bundle assemble dist 2.root.r1.json 2.root.r2.json

Exit codes: 0 done, or every part is fresh; 1 refused, and what was in force stays; 2 the time of a part is over, or
nobody answered; 3 a file or an option cannot be used.
""",
)


@bundle.command
def show(folder: Path, *, at: str | None = None, json: Json = False) -> Exit:
    """Show the number, the parts and their ages, and each country's routes.

    Parameters
    ----------
    folder
        The folder of the bundle.
    at
        The instant to count ages to, in ISO 8601; now if not given, and UTC if it names no zone.
    """
    moment = _files.instant(at, "--at")
    found = _bundle.load(folder, at=moment)
    told = {
        "number": found.number,
        "environment": found.environment,
        "issued": found.issued,
        "keys": len(found.trust_list),
        "parts": {
            name: {
                "issued": part.issued,
                "fresh_until": part.fresh_until,
                "hours": int(part.age(moment).total_seconds() // 3600),
                "stale": part.stale(moment),
            }
            for name, part in (*found.parts.items(), *_sources(found))
        },
        "rules": {country: [_rules(entry) for entry in entries] for country, entries in found.rules.items()},
        "corridors": {f"{country}.{name}": _rules(entry) for (country, name), entry in found.corridors.items()},
    }
    if json:
        json_line(told)
    else:
        for line in _lines(found, moment):
            out(line)
    overdue = found.stale(moment) or any(part.stale(moment) for _, part in _sources(found))
    return Exit.UNDECIDED if overdue else Exit.DONE


@bundle.command
def update(
    folder: Path,
    *,
    from_: Annotated[str, Parameter(name="--from")],
    root: Path | None = None,
    environment: Environment = Environment.PRODUCTION,
    at: str | None = None,
    json: Json = False,
) -> Exit:
    """Fetch the newest release of a network, if every check of it holds; else what is in force stays.

    Parameters
    ----------
    folder
        The folder to keep it in, for `--bundle` of other commands; made if it is not there.
    from_
        The network's folder, or its address on the web.
    root
        The network's root file, as you got it from a person; needed the first time.
    environment
        Where this verifier works: production, also if not given, test or sandbox. No other release is taken.
    at
        The instant of the update, in ISO 8601; now if not given, and UTC if it names no zone.
    """
    from pratique.cli import _network
    from pratique.network import client

    _files.check_folder(folder)
    taken = client.update(
        folder,
        fetch=_network.source(from_),
        at=_files.instant(at, "--at"),
        environment=environment,
        root=_network.root(root) if root is not None else None,
    )
    for problem in (*taken.problems, *taken.findings):
        _tell(problem)
    number = None if taken.bundle is None else taken.bundle.number
    if json:
        json_line({"number": number, "changed": taken.changed, "problems": taken.problems, "findings": taken.findings})
    elif taken.bundle is None:
        out("no release is in force")
    else:
        was = "kept" if taken.problems else "new" if taken.changed else "confirmed"
        out(f"release {number} ({taken.bundle.environment}) is in force, {was}")
    if any(problem.reason not in _UNREACHED for problem in taken.problems):
        return Exit.REFUSED
    return Exit.UNDECIDED if taken.problems else Exit.DONE


_UNREACHED = (Reason.NETWORK_UNREACHABLE, Reason.NETWORK_SLOW)


@bundle.command
def key(stem: Path, *, hardware: Path | None = None, passphrase_file: SignerPassphrase = None) -> Exit:
    """Make a key that signs for a network, or for one of its participants.

    Parameters
    ----------
    stem
        Where to write it: the public half becomes STEM.pub.pem, the private one STEM.key.pem.
    hardware
        The hardware module that makes and keeps the private one instead, and under which label:
        pkcs11:token=…;object=…?module-path=… It is named so wherever a key is asked for.
    """
    from pratique.authority.signers.places import HOW, is_hardware
    from pratique.cli import _network
    from pratique.network.keyfiles import PUBLIC, new_key, write_public

    if hardware is None:
        for path in new_key(stem, _passphrase.get(passphrase_file, new=True)):
            note(f"{path.name} written")
        return Exit.DONE
    if not is_hardware(hardware):
        raise UsageFault(f"--hardware takes {HOW}")
    if (public := stem.with_name(stem.name + PUBLIC)).exists():
        raise UsageFault(f"{public}: is there already, and is the public half of another key")
    _files.check_writable(public)
    note(f"{write_public(stem, _network.made_in_hardware(hardware, _passphrase.get(passphrase_file))).name} written")
    return Exit.DONE


for _command in (_ceremony.prepare, _ceremony.sign, _ceremony.assemble):
    bundle.command(_command)


@bundle.command
def publish(
    folder: Path,
    *,
    network: Path | None = None,
    root_key: _Several = (),
    office_key: _Several = (),
    own: Path | None = None,
    participant: str | None = None,
    parts: Path | None = None,
    key: _Several = (),
    online_key: Path | None = None,
    passphrase_file: SignerPassphrase = None,
    at: str | None = None,
) -> Exit:
    """Sign a network's next files, each with the keys that are given: root, participants, one's parts, a release.

    Parameters
    ----------
    folder
        The network's folder, as a web server gives it out.
    network
        The JSON file that says who signs: root, office, online and the participants.
    root_key
        Keys of the root: signs who signs from now on.
    office_key
        Keys of the office: signs who participates from now on.
    own
        A folder of the network's own parts: trust.json, revocation.bin, value-sets/.
    participant
        The country whose parts are signed.
    parts
        Its folder: trust/XA.json, revocation/XA.bin, rules/XA.json. What is not in it is no longer published.
    key
        The country's keys.
    online_key
        The key that makes it a release, or confirms the last one for seven days: to be run every hour.
    at
        The instant of the signatures, in ISO 8601; now if not given, and UTC if it names no zone.
    """
    from pratique.cli import _network
    from pratique.network import ceremony, repository
    from pratique.network import folder as folders

    if not (root_key or office_key or key or online_key):
        raise UsageFault("no key was given: --root-key, --office-key, --key or --online-key says what is signed")
    if (root_key or office_key) and network is None:
        raise UsageFault("--root-key and --office-key sign what --network says; name its file")
    if len({bool(key), participant is not None, parts is not None}) > 1:
        raise UsageFault("a participant's parts take all of --participant, --parts and --key")
    _files.check_folder(folder)
    found = folders.load(folder)
    if not (found.files or root_key):
        raise UsageFault(f"{folder}: no network is here yet; --network and --root-key begin one")
    moment, passphrase = _files.instant(at, "--at"), _passphrase.get(passphrase_file)
    try:
        if network is not None:
            said = _network.read(network)
            if shared := ceremony.shared_keys(said.officers, said.participants):
                raise NetworkRefused(shared)
        if network is not None and root_key:
            with _network.keys(root_key, passphrase) as keys:
                found = repository.rotate(found, said.officers, environment=said.environment, signers=keys, at=moment)
        if network is not None and office_key:
            with _network.keys(office_key, passphrase) as keys:
                found = repository.delegate(found, said.participants, _bundle.parts(own), signers=keys, at=moment)
        if participant is not None and key:
            with _network.keys(key, passphrase) as keys:
                found = repository.contribute(found, participant, _bundle.parts(parts), signers=keys, at=moment)
        if online_key is not None:
            with _network.keys([online_key], passphrase) as (signer,):
                found = repository.release(found, signer, at=moment)
    except NetworkRefused as refusal:
        for problem in refusal.problems:
            _tell(problem)
        note("nothing was written")
        return Exit.REFUSED
    note(f"{folder}: {folders.write(folder, found)} files written")
    for problem in repository.overdue_lists(found, at=moment) if online_key is not None else ():
        _tell(problem)
    for role, end in repository.ends(found).items() if online_key is not None else ():
        days = (end - moment).days
        if days <= _SOON:
            note(f"{role}.json ends in {days} days: whoever signs it has to sign again")
    return Exit.DONE


_SOON = 90
"""Days before the end of a role at which its signers have to be told: they have to come together."""


def _tell(problem: Problem) -> None:
    told = explain(problem.reason)
    note(f"{problem.path}  {problem.reason}  {told.what}".lstrip())
    note(f"    → {told.next}")


def _rules(entry: EntryRules) -> dict[str, object]:
    return {
        "rules": len(entry.rules),
        "routes": {route.name: route.consequence for route in entry.routes},
        "otherwise": entry.otherwise,
        "of_right": entry.of_right,
        "historical": entry.historical,
        "findings": entry.findings,
    }


def _lines(found: Bundle, moment: datetime) -> Iterator[str]:
    yield f"Bundle {found.number}, {found.environment}, issued {format_instant(found.issued)}"
    yield f"{len(found.trust_list)} keys"
    for name, part in (*found.parts.items(), *_sources(found)):
        yield f"  {name}: {_age(part, moment)}"
    for country, entries in found.rules.items():
        for entry in entries:
            yield f"{country}: {len(entry.rules)} rules{', historical' if entry.historical else ''}"
            for route in entry.routes:
                yield f"  {route.name}{' (transit)' if route.transit else ''}: {said_consequence(route.consequence)}"
            if entry.otherwise is not None:
                yield f"  otherwise: {said_consequence(entry.otherwise)}"
            if entry.of_right is not None:
                yield f"  of right: {said_consequence(entry.of_right)}"
            for finding in entry.findings:
                yield f"  ! {finding.path}: {finding.reason}  {explain(finding.reason).what}"
    for (country, name), entry in found.corridors.items():
        yield f"{country}, corridor {name}: {len(entry.rules)} rules"
        for route in entry.routes:
            yield f"  {route.name}: {said_consequence(route.consequence)}"


def _sources(found: Bundle) -> list[tuple[str, Part]]:
    """The countries' own lists of withdrawals, which are in the release's as it was made."""
    listed = found.revocation.sources if found.revocation is not None else ()
    return [(each.name, Part(each.issued, each.fresh_until)) for each in listed]


def said_consequence(consequence: Consequence) -> str:
    """A consequence on one line, as the rules state it."""
    parts = [consequence.kind.replace("_", " ")]
    parts += [f"{consequence.days} days"] if consequence.days else []
    parts += [str(consequence.place)] if consequence.place else []
    parts += [str(consequence.test)] if consequence.test else []
    shorter = consequence.shortened_by
    parts += [f"shortened by a {shorter.test} test on day {shorter.day}"] if shorter else []
    return ", ".join(parts)


def _age(part: Part, moment: datetime) -> str:
    hours = int(part.age(moment).total_seconds() // 3600)
    age = f"{hours} h old" if hours < 72 else f"{hours // 24} days old"
    if part.fresh_until is None:
        return age
    until = format_instant(part.fresh_until)
    return f"{age}, stale since {until}" if part.stale(moment) else f"{age}, fresh until {until}"
