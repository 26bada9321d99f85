"""An archive of sources becomes one of what this Python made of them, so that the next start need not."""

import importlib.util
import io
import marshal
import zipfile

_HEAD = importlib.util.MAGIC_NUMBER + b"\1\0\0\0" + bytes(8)
"""Of a compiled file that is used without a look at its source (PEP 552): it lies under its source's own digest."""


class Compiling:
    """File by file, since whoever scans does not wait for it."""

    def __init__(self, sources: bytes) -> None:
        self._sources = zipfile.ZipFile(io.BytesIO(bytes(sources)))
        self._names = self._sources.namelist()
        self._into = io.BytesIO()
        self._archive = zipfile.ZipFile(self._into, "w")

    def step(self) -> bool:
        """Compile one file; false when none is left."""
        if not self._names:
            return False
        name = self._names.pop()
        data = self._sources.read(name)
        if name.endswith(".py"):
            name, data = f"{name}c", _HEAD + marshal.dumps(compile(data, name, "exec", dont_inherit=True))
        self._archive.writestr(zipfile.ZipInfo(name), data)
        return True

    def packed(self) -> bytes:
        """The archive, once no file is left."""
        self._archive.close()
        return self._into.getvalue()
