"""Which versions are served: the newest good one or pinned ones, what they are also called, what is
refused and why."""

import gc
import logging
import threading
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from .batcher import Batcher
from .checks import Refused
from .model import Model, ModelError, reason

log = logging.getLogger("serve")


@dataclass(frozen=True)
class Served:
    """A version that answers: the model, and the batcher that calls it."""

    model: Model
    batcher: Batcher

    @property
    def version(self) -> int:
        return self.model.version


class Versions:
    """Keeps the versions that are wanted loaded, while their folders come and go. Thread-safe.

    folder: holds version folders, 1, 2, …; its name is the model's. make_batcher: a Model to its
    Batcher. pinned: the numbers of the versions to serve, or empty for the newest good one and
    those that have a label. labels: names for versions, as {"stable": 2}. on_serve: called with
    `served` when it has changed. on_failure: called with the number of a version that is refused.
    """

    def __init__(
        self,
        folder,
        batch_size: int,
        make_batcher,
        pinned=(),
        labels=None,
        on_serve=lambda served: None,
        on_failure=lambda version: None,
    ):
        self.folder, self.name = Path(folder), Path(folder).resolve().name
        self.batch_size, self.make_batcher, self.pinned, self.labels = (
            batch_size,
            make_batcher,
            tuple(pinned),
            dict(labels or {}),
        )
        self.on_serve, self.on_failure = on_serve, on_failure
        self.scanning = threading.Lock()
        self.served: dict[int, Served] = {}  # never changed in place: a reader may hold the old one
        self.failed: dict[int, tuple] = {}  # version: (fingerprint, sentence); the same
        self.seen: dict[int, tuple] = {}  # version: fingerprint at the last look

    # ---------------------------------------------------------------------------- for those who ask

    @property
    def default(self) -> Served | None:
        """The version that answers when none is named: the highest."""
        served = self.served
        return served[max(served)] if served else None

    def find(self, name: str, version: str | None = None, label: str | None = None) -> Served:
        """The version that is meant. Refused: 404 for another name, version or label, 503 while
        none is loaded."""
        if name != self.name:
            raise Refused(404, f'There is no model "{name[:40]}" here. The model is "{self.name}".')
        served = self.served
        if not served:
            raise Refused(
                503,
                "No version of the model is loaded yet. Try again in a moment.",
                Retry_After="5",
            )
        if label is not None:
            if label not in self.labels:
                known = ", ".join(self.labels) or "none"
                raise Refused(
                    404, f'There is no label "{label[:40]}" here. The labels are: {known}.'
                )
            version = str(self.labels[label])
        if version is None:
            return served[max(served)]
        found = [one for number, one in served.items() if str(number) == version]
        if not found:
            there = " and ".join(map(str, sorted(served)))
            raise Refused(
                404, f"Version {version[:20]} of {self.name} is not served. Version {there} is."
            )
        return found[0]

    def status(self, version: str | None = None) -> list[dict]:
        """What TensorFlow Serving says about a model's versions, the highest first. Refused (404)
        for an unknown one."""
        rows = {
            v: ("END", "INVALID_ARGUMENT", sentence) for v, (_, sentence) in self.failed.items()
        }
        rows |= dict.fromkeys(self.served, ("AVAILABLE", "OK", ""))
        rows = {v: row for v, row in rows.items() if version in (None, str(v))}
        if not rows:
            raise Refused(
                404,
                f"Version {version[:20]} of {self.name} is not here."
                if version
                else f"No version of {self.name} is here.",
            )
        return [
            {
                "version": str(v),
                "state": state,
                "status": {"error_code": code, "error_message": message},
            }
            for v, (state, code, message) in sorted(rows.items(), reverse=True)
        ]

    # ---------------------------------------------------------------------- looking into the folder

    def scan(self, at_start=False) -> None:
        """Look once, and serve what is wanted.

        A version that still changes is left for the next look; one that does not load is refused
        until its files change. Versions are never changed in place: a new one gets a new number.
        What is served goes on until something better is loaded, so that a deleted or broken folder
        never leaves nobody to answer.
        """
        with self.scanning:
            found = self.present()
            self.failed = {
                version: failure for version, failure in self.failed.items() if version in found
            }
            ready = [
                version
                for version in sorted(found, reverse=True)
                if version in self.served
                or (
                    any(name == "saved_model.pb" for name, _, _ in found[version])
                    and (at_start or self.seen.get(version) == found[version])
                )
            ]
            self.seen = found
            by_number = self.pinned or self.labels.values()
            good = {
                version
                for version in ready
                if version in by_number and self.is_good(version, found[version])
            }
            if not self.pinned:
                good |= set(
                    islice(
                        (version for version in ready if self.is_good(version, found[version])), 1
                    )
                )  # the newest
            if good:
                self.retire({version for version in self.served if version not in good})

    def is_good(self, version: int, files: tuple) -> bool:
        """Whether this version is served, or can be: it is loaded now, unless it was refused with
        the same files."""
        refused = self.failed.get(version, (None,))[0] == files
        return version in self.served or (not refused and self.load(version, files))

    def present(self) -> dict[int, tuple]:
        """Version number to fingerprint (names, sizes, times of the files), for every version
        folder."""
        found = {}
        for folder in self.folder.iterdir() if self.folder.is_dir() else ():
            if (
                folder.name.isascii()
                and folder.name.isdigit()
                and str(int(folder.name)) == folder.name
                and folder.is_dir()
            ):
                try:
                    files = sorted(path for path in folder.rglob("*") if path.is_file())
                    stats = [(path, path.stat()) for path in files]
                except OSError:  # being copied or deleted just now
                    continue
                found[int(folder.name)] = tuple(
                    (str(path.relative_to(folder)), s.st_size, s.st_mtime_ns) for path, s in stats
                )
        return found

    def load(self, version: int, files: tuple) -> bool:
        """Load a version and serve it; False, and its reason kept, if it is refused for whatever
        reason."""
        try:
            self.serve(Model(self.folder / str(version), self.batch_size))
            return True
        except ModelError as error:
            sentence = str(error)
        except (
            Exception
        ) as error:  # a fault in this program or in TensorFlow: others may still be good
            log.exception("version %d could not be loaded", version)
            sentence = f"Loading stopped with {reason(error)}."
        self.failed = {**self.failed, version: (files, sentence)}
        self.on_failure(version)
        log.warning("version %d is refused: %s", version, sentence)
        return False

    def serve(self, model: Model) -> None:
        """Answer with this model from now on, beside the others."""
        old = self.served.get(model.version)
        self.served = {**self.served, model.version: Served(model, self.make_batcher(model))}
        if old:
            old.batcher.close()
        self.forget()
        self.on_serve(self.served)
        log.info("serving %s, version %d", self.name, model.version)

    def retire(self, versions: set[int]) -> None:
        """Answer with these no more. Each answers what it has accepted."""
        if not versions:
            return
        old, self.served = (
            self.served,
            {version: one for version, one in self.served.items() if version not in versions},
        )
        for version in versions:
            old[version].batcher.close()
            log.info("version %d of %s is no longer served", version, self.name)
        del old
        self.forget()
        self.on_serve(self.served)

    @staticmethod
    def forget() -> None:
        """Let Python drop what was loaded before, and leave what is loaded now alone.

        Else it looks through all of TensorFlow under load, 0.2 s each time, in which nobody is
        answered.
        """
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    def close(self) -> None:
        for one in self.served.values():
            one.batcher.close()
