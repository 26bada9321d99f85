"""Options that many commands have, each said once: what it takes, and what help says of it."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pratique.texts import Language

Database = Annotated[str | None, Parameter(help="sqlite:///FILE or postgresql://…")]
VaultFile = Annotated[Path | None, Parameter(help="The key file.")]
ConfigFile = Annotated[
    Path | None, Parameter(help="The file of the installation; PRATIQUE_CONFIG or pratique.toml if not given.")
]
Lang = Annotated[Language, Parameter(help="The language of what it prints; en if not given.")]
Json = Annotated[bool, Parameter(help="Print one JSON object.")]
Decider = Annotated[str, Parameter(help="Who decides.")]
Second = Annotated[str, Parameter(help="Who decides it with them.")]
Do = Annotated[bool, Parameter(help="Do it, instead of saying what would be reached.")]
Proposer = Annotated[str, Parameter(help="The official who proposes it.")]
JudgedAt = Annotated[
    str | None, Parameter(help="The instant to judge by, in ISO 8601; now if not given, and UTC if it names no zone.")
]
Sandbox = Annotated[bool, Parameter(help="Certificates given to --trust are of a rehearsal, where specimens count.")]
Out = Annotated[Path, Parameter(help="The file to write.")]
PassphraseFile = Annotated[
    Path | None, Parameter(help="A file with the key's passphrase; else PRATIQUE_PASSPHRASE, else you are asked.")
]
SignerPassphrase = Annotated[
    Path | None,
    Parameter(
        help="A file with the key's passphrase, or the PIN of its module; else PRATIQUE_PASSPHRASE, else you are asked."
    ),
]
