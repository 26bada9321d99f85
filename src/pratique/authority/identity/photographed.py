"""The machine readable zone from a photograph of the data page, read by RapidOCR in a process of its own.

What is read is only ever put into the field in which people type, for them to check: nobody is enrolled by it. The
picture lives in the memory of two processes for as long as it is read. Needs the extra `[ocr]`, whose models (PP-OCR,
Apache-2.0) lie in the package itself; nothing is asked of any network.
"""

import asyncio
import multiprocessing
import signal
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from importlib.util import find_spec
from typing import Any

from pratique.authority.identity import confusable
from pratique.authority.identity.picture import decode
from pratique.model.errors import UnreadableImage

LONG_SIDE = 1600
"""Pixels: the zone has 44 characters, which may fill a third of the picture's width."""
MOST_WAITING = 4
"""Photographs at a time; each takes a second or two, and whoever is turned away types."""

_LENGTHS = {2: (44, 36), 3: (30,)}
_FILLERS = str.maketrans({"«": "<", "‹": "<", "〈": "<", "＜": "<", "《": "<", "く": "<"})
_LETTER = {"0": "O", "1": "I", "8": "B", "5": "S", "2": "Z", "6": "G"}
_DIGIT = confusable.ALIKE | {"L": "1", "G": "6"}
_TD3_OR_TD2 = ((1, 9, 10), (1, 13, 20), (1, 21, 28))
_WORDS = {
    44: ((0, 0, 44), (1, 10, 13), (1, 20, 21)),
    36: ((0, 0, 36), (1, 10, 13), (1, 20, 21)),
    30: ((0, 0, 5), (1, 7, 8), (1, 15, 18), (2, 0, 30)),
}
_NUMBERS = {
    44: (*_TD3_OR_TD2, (1, 42, 44)),
    36: (*_TD3_OR_TD2, (1, 35, 36)),
    30: ((0, 14, 15), (1, 0, 7), (1, 8, 15), (1, 29, 30)),
}
"""By the length of a line: where a zone has letters alone, and digits alone (9303-4, -5 and -6, section 4.2.2)."""


def require_installed() -> None:
    """Raises `ModuleNotFoundError` where RapidOCR is not."""
    for name in ("rapidocr", "onnxruntime"):
        if find_spec(name) is None:
            raise ModuleNotFoundError(f"{name} is not installed: pip install 'pratique[ocr]'", name=name)


class DataPageReader:
    """Reads data pages, one after the other. To be closed, or used as a context."""

    def __init__(self) -> None:
        """Raises `ModuleNotFoundError` where RapidOCR is not installed."""
        require_installed()
        self._pool = _worker()
        self._waiting = 0

    async def read(self, photograph: bytes) -> str | None:
        """The zone's lines as far as they were read, to be checked by a person; None where none were found."""
        if self._waiting >= MOST_WAITING:
            return None
        self._waiting += 1
        pool = self._pool
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, zone_in, photograph)
        except BrokenProcessPool:  # the picture was too much for it; the next one finds a new process
            if pool is self._pool:
                self._pool = _worker()
            return None
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End the process."""
        self._pool.shutdown(cancel_futures=True)

    def __enter__(self) -> "DataPageReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _worker() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN))


# in the process of its own

_engine: list[Any] = []


def zone_in(photograph: bytes) -> str | None:
    """Read one photograph (JPEG, PNG, WebP or JPEG 2000)."""
    try:
        pixels = decode(photograph, long_side=LONG_SIDE)
    except UnreadableImage:
        return None
    if not _engine:
        from rapidocr import RapidOCR

        # upside down is for the person to mend: the classifier turns lines of fillers round
        _engine.append(RapidOCR(params={"Global.log_level": "critical", "Global.use_cls": False}))
    read = _engine[0](pixels[:, :, ::-1].copy())
    return zone_of([] if read.txts is None else list(read.txts))


def zone_of(texts: Sequence[str]) -> str | None:
    """The zone among the lines of a page, which come from above to below; None without one."""
    lines = [_line(text) for text in texts]
    for count, lengths in _LENGTHS.items():
        for length in lengths:
            for start in range(len(lines) - count, -1, -1):  # it stands at the bottom
                found = [_fitted(line, length) for line in lines[start : start + count]]
                whole = [line for line in found if line is not None]
                if len(whole) == count and _begins(whole[0], length):
                    return _as_typed(whole, length)
    return None


def _line(text: str) -> str:
    read = text.translate(_FILLERS).upper()
    return "".join(character for character in read if character.isascii() and (character.isalnum() or character == "<"))


def _begins(line: str, length: int) -> bool:
    return line[0] == "P" if length == 44 else line[0] in "ACIP"


def _fitted(line: str, length: int) -> str | None:
    """A line of a zone at its length: readers lose or double fillers, where many of them stand together."""
    if "<" not in line or abs(len(line) - length) > 4:
        return None
    place = line.rfind("<<") + 1 or line.rfind("<")
    if len(line) < length:
        return line[: place + 1] + "<" * (length - len(line)) + line[place + 1 :]
    surplus = len(line) - length
    head = line[: place + 1]
    if surplus and not head.endswith("<" * (surplus + 1)):
        return None
    return head[: len(head) - surplus] + line[place + 1 :]


def _as_typed(lines: list[str], length: int) -> str:
    """Letters where the zone has letters, digits where it has digits, and the rest as the check digits decide."""
    read = [list(line) for line in lines]
    for places, other in ((_WORDS[length], _LETTER), (_NUMBERS[length], _DIGIT)):
        for row, begin, end in places:
            read[row][begin:end] = [other.get(character, character) for character in read[row][begin:end]]
    told = ["".join(line) for line in read]
    return "\n".join(confusable.corrected(told, confusable.in_zone("\n".join(told))))
