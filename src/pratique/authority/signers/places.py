"""Where a key is: in a file, or in a hardware module under the name that RFC 7512 gives it.

    keys/dsc.key.pem
    pkcs11:token=xa;object=dsc-2027?module-path=/usr/lib/softhsm/libsofthsm2.so&certificate=keys/dsc-2027.pem

Settings and options take either as one path. `certificate` is an attribute of ours (RFC 7512, section 2.3, lets anybody
have some): a module keeps no counter, so that the certificate of a document signer and its counter stay files.
"""

from pathlib import Path
from urllib.parse import quote, unquote

from msgspec import Struct

SCHEME = "pkcs11:"
HOW = f"{SCHEME}token=…;object=…?module-path=…"
"""How a key in a hardware module is named."""
_PATH = {"token", "object"}
_QUERY = {"module-path"}, {"certificate", "pin-source"}
"""Attributes that a name has, and that it may have."""


class Place(Struct, frozen=True):
    """Where a key is in hardware: its `label` on a `token`, and the library of the `module`.

    `certificate` is the file of a document signer's; `pin` is the file of a PIN that is not the passphrase of the rest.
    """

    module: Path
    token: str
    label: str
    certificate: Path
    pin: Path | None = None

    @property
    def uri(self) -> str:
        """Its name, always in the same words."""
        found = {"module-path": self.module, "certificate": self.certificate, "pin-source": self.pin}
        query = "&".join(f"{name}={quote(str(value))}" for name, value in found.items() if value is not None)
        return f"{SCHEME}token={quote(self.token)};object={quote(self.label)}?{query}"


def is_hardware(key: Path) -> bool:
    """Whether a key is named as one in a hardware module, and not as a file."""
    return str(key).startswith(SCHEME)


def place(uri: str) -> Place:
    """The place that a PKCS #11 URI names: `token`, `object` and `module-path`, each once; the certificate is
    `OBJECT.pem` where no `certificate` says otherwise, and `pin-source` names a file. No other attribute is taken.

    A label has no slash, since files are named after it. Raises `ValueError`, which quotes nothing: some write their
    PIN into it.
    """
    path, _, query = uri.removeprefix(SCHEME).partition("?")
    stated, asked = _pairs(path, ";"), _pairs(query, "&")
    label = stated.get("object", "/")
    if stated.keys() != _PATH or not _QUERY[0] <= asked.keys() <= _QUERY[0] | _QUERY[1] or "/" in label:
        raise ValueError(f"a key in hardware is named {HOW}")
    pin = asked.get("pin-source")
    return Place(
        Path(asked["module-path"]),
        stated["token"],
        label,
        Path(asked.get("certificate", f"{label}.pem")),
        None if pin is None else Path(pin.removeprefix("file:")),
    )


def _pairs(text: str, between: str) -> dict[str, str]:
    pairs = [part.partition("=")[::2] for part in text.split(between) if part]
    found = {name: unquote(value, errors="strict") for name, value in pairs if value}
    if len(found) != len(pairs):
        raise ValueError(f"a key in hardware is named {HOW}")
    return found


def beside(key: Path, folder: Path) -> Path:
    """A key that is named from `folder`: a file in it, or one in hardware with the files that belong to it there.

    Raises `ValueError`.
    """
    if not is_hardware(key):
        return folder / key
    found = place(str(key))
    pin = None if found.pin is None else folder / found.pin
    moved = Place(found.module, found.token, found.label, folder / found.certificate, pin)
    return Path(moved.uri)
