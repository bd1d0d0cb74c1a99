"""Requests are answered several at a time: what is waiting is put together, and the model is called
once for all."""

import contextlib
import logging
import threading
import time
from collections import deque
from concurrent.futures import Future, InvalidStateError

import numpy as np

log = logging.getLogger("serve")


class BatcherEnded(Exception):
    """The thread that calls the model has ended by a fault. Nothing will be answered by it any
    more."""


class Batcher:
    """Puts waiting requests together and runs the model once for all of them, in a thread of its
    own.

    function: float32 (n, …) to (n, …). batch_size: images in one call at most. wait: seconds that a
    batch stays open, and only while other requests are being read: a request that is alone never
    waits. observe(images, seconds) is called after each call of the model.
    """

    def __init__(
        self, function, batch_size: int, wait: float, observe=lambda images, seconds: None
    ):
        self.function, self.batch_size, self.wait, self.observe = (
            function,
            batch_size,
            wait,
            observe,
        )
        self.changed, self.coming, self.closed = threading.Condition(), 0, False
        self.waiting: deque[tuple[np.ndarray, Future]] = deque()
        self.calling_since: float | None = (
            None  # time.monotonic() at the start of the call that runs
        )
        self.ended_by_fault = False
        self.thread = threading.Thread(target=self.run, daemon=True, name="batcher")
        self.thread.start()

    @contextlib.contextmanager
    def expected(self):
        """Around the reading of a request, until it is submitted: a batch may stay open for it."""
        with self.changed:
            self.coming += 1
        try:
            yield
        finally:
            with self.changed:
                self.coming -= 1
                if not self.coming:
                    self.changed.notify_all()

    def submit(self, array: np.ndarray) -> Future | None:
        """A future of the model's output for these images; None if the batcher has been closed."""
        future: Future = Future()
        with self.changed:
            if self.ended_by_fault:
                raise BatcherEnded
            if self.closed:
                return None
            self.waiting.append((array, future))
            if (
                len(self.waiting) == 1 or self.full()
            ):  # the thread waits for a first one, then for a full batch
                self.changed.notify_all()
        return future

    def abandon(self, future: Future) -> None:
        """Nobody waits for this answer any more: it leaves the queue, and is not computed unless
        that has begun."""
        with self.changed:
            self.waiting = deque(entry for entry in self.waiting if entry[1] is not future)
        future.cancel()

    def close(self) -> None:
        """Take nothing more. What is waiting is still answered."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def stuck_for(self) -> float:
        """Seconds that the running call of the model has taken so far; 0 if none runs."""
        since = self.calling_since
        return 0.0 if since is None else time.monotonic() - since

    def run(self) -> None:
        try:
            while batch := self.next_batch():
                self.answer(batch)
        except BaseException:  # a fault in this file, or an exit inside the model
            log.critical(
                (
                    "the thread that calls the model has ended; nothing can be predicted until a "
                    "restart"
                ),
                exc_info=True,
            )
            with self.changed:
                self.ended_by_fault, left, self.waiting = True, self.waiting, deque()
            for _, future in [*left, *batch]:
                if not future.done():
                    future.set_exception(BatcherEnded())

    def next_batch(self) -> list:
        """The requests of the next call, oldest first; empty when closed and done."""
        with self.changed:
            self.changed.wait_for(lambda: self.waiting or self.closed)
            self.changed.wait_for(
                lambda: self.closed or not self.coming or self.full(), timeout=self.wait
            )
            batch: list[tuple[np.ndarray, Future]] = []
            images = 0
            while self.waiting and (
                not batch or images + len(self.waiting[0][0]) <= self.batch_size
            ):
                batch.append(self.waiting.popleft())
                images += len(batch[-1][0])
            return batch

    def full(self) -> bool:
        return sum(len(array) for array, _ in self.waiting) >= self.batch_size

    def answer(self, batch: list) -> None:
        """Run the model once and hand each request its own rows."""
        self.calling_since, started = time.monotonic(), time.perf_counter()
        try:
            out = self.rows(np.concatenate([array for array, _ in batch]))
        except Exception as error:
            if len(batch) == 1:
                hand_over(batch[0][1], error=error)
            else:  # one request must not spoil the others: each by itself
                for single in batch:
                    self.answer([single])
            return
        finally:
            self.calling_since = None
        self.observe(len(out), time.perf_counter() - started)
        start = 0
        for array, future in batch:
            hand_over(future, out[start : start + len(array)])
            start += len(array)

    def rows(self, array: np.ndarray) -> np.ndarray:
        """The model's output. RuntimeError unless it has one row for each: a missing one would
        shift all that follow."""
        out = self.function(array)
        if np.ndim(out) == 0 or len(out) != len(array):
            raise RuntimeError(
                f"the model gave an output of shape {np.shape(out)} for {len(array)} inputs"
            )
        return out


def hand_over(future: Future, result=None, error: Exception | None = None) -> None:
    """Set a future's result or error, unless it was abandoned meanwhile."""
    with contextlib.suppress(InvalidStateError):  # it was
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
