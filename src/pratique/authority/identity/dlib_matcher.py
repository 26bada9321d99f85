"""The matcher that computes: dlib's HOG detector, 5-point landmarks and 128-number embedding, in worker processes.

A template is the mean of the embeddings of a face and of its mirror image, for which the error rates in
docs/enrolment.md were measured. dlib keeps the interpreter's lock while it computes, so that threads would not help.

The weights are in the package `face_recognition_models` (CC0), which is located and never imported: it needs a module
that current Pythons lack. Its 68-point file may not be used commercially and is not touched.
"""

import asyncio
import hashlib
import io
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from importlib.util import find_spec
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image

from pratique.authority.identity import faces
from pratique.authority.identity.matching import Comparison, Finding, Template, judge
from pratique.model.errors import WeightsRefused
from pratique.model.reasons import Reason

T = TypeVar("T")

WEIGHTS = {
    "shape_predictor_5_face_landmarks.dat": "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
    "dlib_face_recognition_resnet_model_v1.dat": "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
}
"""The two files that are used, with their SHA-256: other weights would have other error rates."""

WARM_UP = 120.0
"""Seconds within which every worker must have loaded its models; it takes about two."""


def weights(folder: Path | None = None) -> faces.Weights:
    """The files of the weights, each checked. Raises `WeightsRefused` (FACE_WEIGHTS)."""
    if folder is None:
        spec = find_spec("face_recognition_models")
        if spec is None or not spec.submodule_search_locations:
            raise WeightsRefused(Reason.FACE_WEIGHTS, detail="face_recognition_models is not installed")
        folder = Path(spec.submodule_search_locations[0]) / "models"
    for name, expected in WEIGHTS.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise WeightsRefused(Reason.FACE_WEIGHTS, detail=f"{name} cannot be read") from error
        if found != expected:
            raise WeightsRefused(Reason.FACE_WEIGHTS, detail=f"{name} is not the file whose error rates were measured")
    landmarks, embedder = (str(folder / name) for name in WEIGHTS)
    return faces.Weights(landmarks, embedder)


def require_installed() -> None:
    """Raises `ModuleNotFoundError` where dlib is not."""
    if find_spec("dlib") is None:
        raise ModuleNotFoundError("dlib is not installed: pip install 'pratique[face]'", name="dlib")


class DlibMatcher:
    """Fulfils `FaceMatcher`. To be closed, or used as a context; its workers end with it, and with its process.

    A script that makes one does so under `if __name__ == "__main__"`, since the workers import that script.
    """

    model = faces.MODEL

    def __init__(self, *, workers: int | None = None) -> None:
        """Check the weights, start `workers` processes (as many as there are cores), and wait until each is ready.

        Raises `WeightsRefused`, and `ModuleNotFoundError` where dlib is not installed.
        """
        require_installed()
        self._weights, self._count = weights(), workers or len(os.sched_getaffinity(0))
        self._pool = self._workers()
        self.decoy = _decoy()
        try:
            for ready in [self._pool.submit(_ready) for _ in range(self._count)]:
                ready.result(WARM_UP)
        except BaseException:
            self.close()
            raise

    def _workers(self) -> ProcessPoolExecutor:
        # a forked copy of a server's process would inherit its locks and its sockets
        spawn = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._count, spawn, _begin, (self._weights, spawn.Barrier(self._count)))

    async def look(self, picture: bytes) -> Finding | None:
        """What is to be seen in a frame; None for what is not a picture, and for one that a worker died of."""
        pool = self._pool
        try:
            return await _run(pool, faces.look, picture)
        except BrokenProcessPool:
            self._begin_anew(pool)
            return None

    async def template(self, face: bytes) -> Template:
        """The template of `Finding.face`, whose two halves may be computed at once."""
        embeddings = await asyncio.gather(*(self._again(faces.embedding, chip) for chip in faces.chips(face)))
        return faces.mean(embeddings)

    async def reference(self, portrait: bytes) -> Template | None:
        """The template of a portrait; None, after the same work, where there is not exactly one face in it."""
        return await self._again(faces.reference, portrait)

    def compare(self, reference: Template | None, probe: Template) -> Comparison:
        """Judge two templates; without a reference it is inconclusive."""
        return judge(reference, probe)

    def close(self) -> None:
        """End the workers; what they have begun is finished first."""
        self._pool.shutdown(cancel_futures=True)

    def __enter__(self) -> "DlibMatcher":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def _again(self, function: Callable[[bytes], T], data: bytes) -> T:
        """Another's frame may have ended the workers: once more, with new ones."""
        pool = self._pool
        try:
            return await _run(pool, function, data)
        except BrokenProcessPool:
            self._begin_anew(pool)
            return await _run(self._pool, function, data)

    def _begin_anew(self, broken: ProcessPoolExecutor) -> None:
        if broken is self._pool:  # and not replaced meanwhile
            broken.shutdown(wait=False)
            self._pool = self._workers()


async def _run(pool: ProcessPoolExecutor, function: Callable[[bytes], T], data: bytes) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, function, data)


_together: Barrier | None = None


def _begin(files: faces.Weights, together: Barrier) -> None:
    """A worker: load the models, leave interrupts to the parent, and do not outlive it."""
    global _together  # noqa: PLW0603  (a worker's own)
    _together = together
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    faces.load(files)


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


def _ready() -> None:
    """Wait for the other workers, so that none of them does the waiting of two."""
    if _together is not None:
        _together.wait(WARM_UP)


def _decoy() -> bytes:
    """35 by 45 mm at 300 dots an inch, in shades of grey, and nobody in it."""
    picture = io.BytesIO()
    Image.radial_gradient("L").resize((413, 531)).convert("RGB").save(picture, "JPEG", quality=90)
    return picture.getvalue()
