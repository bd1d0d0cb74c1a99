"""Admission, one deadline for each request, the answer; and what is alive and ready."""

import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager

import numpy as np

from .batcher import Batcher, BatcherEnded
from .checks import Refused, read_request, usual_limit
from .model import Model
from .seen import Metrics, log
from .versions import Served, Versions

PATIENCE = 30.0  # seconds from the first byte of a request to its answer at most, and of a stop
STUCK = 10.0  # seconds after which a call of the model counts as hanging: not ready
LOOK = 0.25  # seconds between two looks whether a caller is still there


class Service:
    """Answers predict requests with the versions in a folder. Thread-safe.

    folder: holds version folders, 1, 2, …; its name is the model's. batch_size: images in one call
    and in one request at most. wait: seconds, see Batcher. queue: requests being answered or
    waiting, before 503 is the answer. limit: bytes of a body, None: what the model's input needs.
    poll: seconds between two looks into the folder; None: look only when `scan` is called. pinned,
    labels: see Versions.
    """

    def __init__(
        self,
        folder,
        batch_size=64,
        wait=0.002,
        queue=64,
        limit: int | None = None,
        poll: float | None = 1.0,
        pinned=(),
        labels=None,
    ):
        self.batch_size, self.wait, self.queue, self.fixed_limit = batch_size, wait, queue, limit
        self.lock, self.stopped = threading.Lock(), threading.Event()
        self.in_flight, self.stopping = 0, False
        self.metrics = Metrics(lambda: self.in_flight)
        self.limit = limit or 2_000_000  # bytes of a body at most, until a version is served
        self.versions = Versions(
            folder,
            batch_size,
            self.make_batcher,
            pinned,
            labels,
            self.on_serve,
            lambda version: self.metrics.failures.inc(),
        )
        self.name = self.versions.name
        self.versions.scan(at_start=True)
        if poll is not None:
            threading.Thread(target=self.watch, args=(poll,), daemon=True, name="watcher").start()

    def make_batcher(self, model: Model) -> Batcher:
        return Batcher(model, self.batch_size, self.wait, self.metrics.observe_batch)

    def watch(self, poll: float) -> None:
        """Look for new versions again and again."""
        while not self.stopped.wait(poll):
            try:
                self.versions.scan()
            except Exception:  # a full disk, a folder without rights: look again next time
                log.exception("looking for new versions failed")

    def on_serve(self, served: dict[int, Served]) -> None:
        """Other versions are served: say which, and allow bodies that their largest input needs,
        unless a limit was given."""
        self.metrics.version.set(max(served))
        self.limit = self.fixed_limit or max(
            usual_limit(one.model.shape, self.batch_size) for one in served.values()
        )

    # ------------------------------------------------------------------------------ alive and ready

    def fault(self) -> str | None:
        """Why nothing will ever be predicted again without a restart; None if all is well."""
        if any(one.batcher.ended_by_fault for one in self.versions.served.values()):
            return "The thread that calls the model has ended. The service must be started again."
        return None

    def not_ready(self) -> str | None:
        """Why no requests should be sent here just now; None if they should."""
        if self.stopping:
            return "The service is stopping."
        if not self.versions.served:
            return "No version of the model is loaded yet. Try again in a moment."
        if any(one.batcher.stuck_for() > STUCK for one in self.versions.served.values()):
            return "The model hangs in a call."
        return self.fault()

    # ---------------------------------------------------------------------------------- one request

    @contextmanager
    def admitted(self):
        """Around one predict request. Refused (503) when stopping or when `queue` requests are here
        already."""
        with self.lock:
            if self.stopping:
                raise Refused(
                    503,
                    "The service is stopping. Ask another one, or try again in a moment.",
                    Retry_After="5",
                )
            if self.in_flight >= self.queue:
                raise Refused(
                    503, "The service has too much to do. Try again in a second.", Retry_After="1"
                )
            self.in_flight += 1
        try:
            yield
        finally:
            with self.lock:
                self.in_flight -= 1

    def predict(
        self,
        body: bytes,
        name: str,
        version: str | None = None,
        label: str | None = None,
        began: float | None = None,
        is_gone=lambda: False,
    ) -> dict:
        """The answer to a predict request, as JSON data.

        began: time.monotonic() when its first byte came, now if None. is_gone: whether the caller
        has left. Refused with 400, 404 or 503; whatever else is raised is a fault of the service or
        the model.
        """
        deadline = (time.monotonic() if began is None else began) + PATIENCE
        while True:
            served = self.versions.find(name, version, label)
            try:
                with served.batcher.expected():
                    array, key = read_request(
                        body, served.model.shape, served.model.input_name, self.batch_size
                    )
                    future = served.batcher.submit(array)
            except BatcherEnded:
                raise Refused(
                    503,
                    self.fault() or "A new version has just come. Try again in a moment.",
                    Retry_After="5",
                ) from None
            if future:  # None: a new version came in between, ask that one
                break
        out = self.wait_for(future, served, deadline, is_gone)
        if not np.isfinite(out).all():
            raise Refused(
                400,
                (
                    "For these values the model gives no finite numbers. Are they in the range "
                    "that it was trained on?"
                ),
            )
        return {"predictions" if key == "instances" else "outputs": out.tolist()}

    def wait_for(self, future: Future, served: Served, deadline: float, is_gone) -> np.ndarray:
        """The model's output, unless the deadline comes or the caller leaves first: then it is not
        computed."""
        while True:
            left = deadline - time.monotonic()
            try:
                return future.result(timeout=min(LOOK, max(0.0, left)))
            except FutureTimeout:
                if future.done() and not future.cancelled():
                    raise  # the model's own
                if left <= 0 or is_gone():
                    served.batcher.abandon(future)
                    raise Refused(
                        503, "The model takes too long. Try again in a moment.", Retry_After="5"
                    ) from None
            except BatcherEnded:
                raise Refused(
                    503,
                    self.fault() or "The model has just been exchanged. Try again in a moment.",
                    Retry_After="5",
                ) from None
            except served.model.refusals:
                raise Refused(
                    400,
                    "The model refuses these values. Are they in the range that it was trained on?",
                ) from None

    def close(self) -> None:
        """Stop watching and end the batchers."""
        self.stopping = True
        self.stopped.set()
        self.versions.close()
