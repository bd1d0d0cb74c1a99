"""Serve an exported model over HTTP: the service of Day 15.

    python day15_deployment/serve.py            serves day15_deployment/models/digits on port 8501
    python day15_deployment/serve.py --help     explains the options

It speaks TensorFlow Serving's REST API for predict, status and metadata, so the same client works with both:
https://www.tensorflow.org/tfx/serving/api_rest. Read it from the bottom up: `main` starts everything, `create_app`
has the routes, `Service` keeps a version loaded, `Batcher` puts requests together, `read_request` refuses bad input.
"""

import argparse
import gc
import json
import logging
import math
import os
import secrets
import select
import signal
import sys
import threading
import time
from collections import deque
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import prometheus_client as prometheus
import waitress
from flask import Flask, Response, g, render_template, request
from waitress.channel import HTTPChannel
from waitress.task import ErrorTask
from werkzeug.exceptions import HTTPException, NotFound

FOLDER = Path(__file__).resolve().parent
SIGNATURE = "serving_default"
PATIENCE = 30.0                     # seconds: the longest that a request waits for the model, and a stop for requests
log = logging.getLogger("serve")


class ModelError(Exception):
    """A version folder that cannot be served. The message is one sentence without paths."""


class Refused(Exception):
    """A request that gets an error: a status code, a sentence for the caller, perhaps headers."""

    def __init__(self, status: int, message: str, **headers: str):
        super().__init__(message)
        self.status, self.message = status, message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


# ---------------------------------------------------------------------------------------------- bad input is refused

def refuse_constant(token: str):
    """Python's json accepts NaN, Infinity and -Infinity, which are not JSON and would poison a batch."""
    raise Refused(400, f"The body contains {token}, which is not JSON. Send finite numbers only.")


def once(pairs: list) -> dict:
    """A JSON object; a key that stands in it twice is refused, since readers disagree which of the two counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Refused(400, "The body has the same key twice in one object. Send each key once.")
    return found


def read_json(body: bytes) -> dict:
    """The JSON object in a request's body. Refused (400) for everything else."""
    try:
        data = json.loads(body.decode("utf-8"), parse_constant=refuse_constant, object_pairs_hook=once)
    except UnicodeDecodeError:
        raise Refused(400, "The body is not UTF-8 text. Encode the JSON in UTF-8.") from None
    except RecursionError:
        raise Refused(400, "The body is nested too deeply. An array of images has three levels.") from None
    except json.JSONDecodeError as error:
        raise Refused(400, f"The body is not JSON, from line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except ValueError:
        raise Refused(400, "The body contains a number with too many digits.") from None
    if not isinstance(data, dict):
        raise Refused(400, f'The body must be a JSON object such as {{"instances": [...]}}, not {kind(data)}.')
    return data


def kind(value) -> str:
    """What a JSON value is, in words."""
    if isinstance(value, list):
        return f"an array of {len(value)}"
    names = {dict: "an object", str: "a string", bool: "true or false", int: "a number", float: "a number", type(None): "null"}
    return names[type(value)]


def check_tensor(value, shape: tuple, place: str) -> None:
    """Refuse (400) what is not nested arrays of numbers of this shape; None stands for any length. Names the place."""
    if not isinstance(value, list):
        raise Refused(400, f"{place} must be an array, not {kind(value)}. {wanted(shape)}")
    if shape[0] is not None and len(value) != shape[0]:
        raise Refused(400, f"{place} has the length {len(value)}, not {shape[0]}. {wanted(shape)}")
    if len(shape) == 1:
        if not set(map(type, value)) <= {int, float}:
            bad = next(i for i, number in enumerate(value) if type(number) not in (int, float))
            raise Refused(400, f"{place}[{bad}] must be a number, not {kind(value[bad])}.")
        return
    for i, part in enumerate(value):
        check_tensor(part, shape[1:], f"{place}[{i}]")


def wanted(shape: tuple) -> str:
    return f"What is expected here has the shape ({', '.join('any' if n is None else str(n) for n in shape)})."


def read_request(body: bytes, model: "Model", limit: int) -> tuple[np.ndarray, str]:
    """The images of a predict request, float32 (n, …), and the key of its format: "instances" or "inputs".

    Row format is {"instances": [image, …]} or {"instances": [{"NAME": image}, …]}, column format {"inputs": [image, …]}
    or {"inputs": {"NAME": [image, …]}}, where NAME is the model's input. Everything else is refused with 400.
    """
    data = read_json(body)
    if unknown := data.keys() - {"instances", "inputs", "signature_name"}:
        raise Refused(400, f'The key "{min(unknown)[:40]}" is unknown. Send "instances" or "inputs".')
    if ("instances" in data) == ("inputs" in data):
        raise Refused(400, 'Send one of "instances" (row format) and "inputs" (column format).')
    if (name := data.get("signature_name", SIGNATURE)) not in (SIGNATURE, ""):
        raise Refused(400, f'"signature_name" must be "{SIGNATURE}", or left out, not {json.dumps(name)[:40]}.')
    key = "instances" if "instances" in data else "inputs"
    value, place = data[key], key

    def named(part, place):
        if part.keys() != {model.input_name}:
            raise Refused(400, f'{place} must have one key, "{model.input_name}".')
        return part[model.input_name]

    if key == "inputs" and isinstance(value, dict):
        value, place = named(value, place), f"inputs.{model.input_name}"
    elif key == "instances" and isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
        value = [named(part, f"{place}[{i}]") for i, part in enumerate(value)]
    if isinstance(value, list) and not value:
        raise Refused(400, f"{place} is empty. Send at least one.")
    if isinstance(value, list) and len(value) > limit:
        check_tensor(value[0], model.shape, f"{place}[0]")              # one image sent as a batch looks like many
        raise Refused(400, f"{place} has {len(value)} entries, and {limit} are allowed in one request. Send several requests.")
    check_tensor(value, (None, *model.shape), place)
    try:
        with np.errstate(over="ignore"):
            array = np.array(value, dtype=np.float64).astype(np.float32)
    except OverflowError:                               # an integer of hundreds of digits
        array = np.full(1, np.inf, np.float32)
    if not np.isfinite(array).all():
        raise Refused(400, f"{place} contains a number that is too large for float32.")
    return array, key


# ------------------------------------------------------------------------------------------ a model, loaded and tried

class Model:
    """One version of a SavedModel, loaded and tried out. `model(array)` is float32 (n, …) to float32 (n, …).

    Raises ModelError if it cannot be served: it must have the signature serving_default with one float32 input and one
    float32 output, both with a free first dimension.
    """

    def __init__(self, folder: Path, batch_size: int):
        import tensorflow as tf                         # here, so that --help and a missing model do not wait for it
        self.version = int(folder.name)
        try:
            self.loaded = tf.saved_model.load(str(folder))
            function = self.loaded.signatures[SIGNATURE]
            inputs, outputs = function.structured_input_signature[1], function.structured_outputs
        except Exception:                               # whatever a damaged file raises
            log.debug("loading failed", exc_info=True)
            raise ModelError(f"The files are damaged, or no SavedModel with the signature {SIGNATURE}.") from None
        for what, specs in (("input", inputs), ("output", outputs)):
            shapes = [tuple(spec.shape) for spec in specs.values() if spec.dtype == tf.float32 and spec.shape.rank]
            if len(specs) != 1 or not shapes or shapes[0][0] is not None or None in shapes[0][1:] and what == "input":
                raise ModelError(f"The model must have one {what}, float32, with a free first dimension and no other.")
        (self.input_name, spec), self.output_name = next(iter(inputs.items())), next(iter(outputs))
        self.shape = tuple(spec.shape)[1:]
        self.signature = {name: [signature_entry(tf, key, tensor) for key, tensor in specs.items()]
                          for name, specs in (("inputs", inputs), ("outputs", outputs))}
        self.function = lambda array: function(**{self.input_name: tf.constant(array)})[self.output_name].numpy()
        self.refusals = (tf.errors.InvalidArgumentError,)
        for n in (1, batch_size):                       # the first call is slow: not a client's
            out = self(np.zeros((n, *self.shape), np.float32))
            if len(out) != n or not np.isfinite(out).all():
                raise ModelError("On images of zeros the model gives no finite numbers, one row for each.")

    def __call__(self, array: np.ndarray) -> np.ndarray:
        return self.function(array)

    def metadata(self, name: str) -> dict:
        """What TensorFlow Serving says about a model's signature."""
        definition = {**{side: dict(entries) for side, entries in self.signature.items()},
                      "method_name": "tensorflow/serving/predict", "defaults": {}}
        return {"model_spec": {"name": name, "signature_name": "", "version": str(self.version)},
                "metadata": {"signature_def": {"signature_def": {SIGNATURE: definition}}}}


def signature_entry(tf, key: str, spec) -> tuple[str, dict]:
    """(name, what the metadata say about this tensor)."""
    dims = [{"size": str(-1 if size is None else size), "name": ""} for size in spec.shape]
    return key, {"dtype": "DT_" + spec.dtype.name.replace("float32", "float").upper(), "name": f"{SIGNATURE}_{key}:0",
                 "tensor_shape": {"dim": dims, "unknown_rank": False}}


# ------------------------------------------------------------------------------ requests are answered several at a time

class Batcher:
    """Puts waiting requests together and runs the model once for all of them, in a thread of its own.

    function: float32 (n, …) to (n, …). batch_size: images in one call at most. wait: seconds that a batch stays open,
    and only while other requests are being read: a request that is alone never waits.
    """

    def __init__(self, function, batch_size: int, wait: float, observe=lambda images, seconds: None):
        self.function, self.batch_size, self.wait, self.observe = function, batch_size, wait, observe
        self.changed, self.waiting, self.coming, self.closed = threading.Condition(), deque(), 0, False
        self.thread = threading.Thread(target=self.run, daemon=True, name="batcher")
        self.thread.start()

    @contextmanager
    def expected(self):
        """Around the reading of a request: a batch may stay open for it."""
        with self.changed:
            self.coming += 1
        try:
            yield
        finally:
            with self.changed:
                self.coming -= 1
                self.changed.notify_all()

    def submit(self, array: np.ndarray) -> Future | None:
        """A future of the model's output for these images; None if the batcher has been closed."""
        future = Future()
        with self.changed:
            if self.closed:
                return None
            self.waiting.append((array, future))
            self.changed.notify_all()
        return future

    def close(self) -> None:
        """Take nothing more. What is waiting is still answered."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def next_batch(self) -> list:
        """The requests of the next call, oldest first; empty when closed and done."""
        with self.changed:
            self.changed.wait_for(lambda: self.waiting or self.closed)
            self.changed.wait_for(lambda: self.closed or not self.coming or self.full(), timeout=self.wait)
            batch, images = [], 0
            while self.waiting and (not batch or images + len(self.waiting[0][0]) <= self.batch_size):
                batch.append(self.waiting.popleft())
                images += len(batch[-1][0])
            return batch

    def full(self) -> bool:
        return sum(len(array) for array, _ in self.waiting) >= self.batch_size

    def run(self) -> None:
        while batch := self.next_batch():
            self.answer(batch)

    def answer(self, batch: list) -> None:
        """Run the model once and hand each request its own rows."""
        started = time.perf_counter()
        try:
            out = self.function(np.concatenate([array for array, _ in batch]))
        except Exception as error:
            if len(batch) == 1:
                batch[0][1].set_exception(error)
            else:                                       # one request must not spoil the others: each by itself
                for single in batch:
                    self.answer([single])
            return
        self.observe(len(out), time.perf_counter() - started)
        start = 0
        for array, future in batch:
            future.set_result(out[start:start + len(array)])
            start += len(array)


# --------------------------------------------------------------------------------- the newest good version is served

class Service:
    """Keeps the highest good version in `folder` loaded, admits requests, counts. Thread-safe.

    folder: holds version folders, 1, 2, …; its name is the model's. batch_size: images in one call and in one request
    at most. wait: seconds, see Batcher. queue: requests being answered or waiting, before 503 is the answer. limit: bytes
    of a body. poll: seconds between two looks into the folder; None: look only when `scan` is called.
    """

    def __init__(self, folder, batch_size=64, wait=0.002, queue=64, limit=2_000_000, poll: float | None = 1.0):
        self.folder, self.name = Path(folder), Path(folder).resolve().name
        self.batch_size, self.wait, self.queue, self.limit, self.poll = batch_size, wait, queue, limit, poll
        self.lock, self.scanning, self.stopped = threading.Lock(), threading.Lock(), threading.Event()
        self.current: tuple[Model, Batcher] | None = None
        self.failed: dict[int, tuple] = {}              # version: (fingerprint, sentence)
        self.seen: dict[int, tuple] = {}                # version: fingerprint at the last look
        self.in_flight, self.stopping = 0, False
        self.metrics = Metrics(self)
        self.scan(at_start=True)
        if poll is not None:
            threading.Thread(target=self.watch, daemon=True, name="watcher").start()

    def watch(self) -> None:
        while not self.stopped.wait(self.poll):
            try:
                self.scan()
            except Exception:                           # a full disk, a folder without rights: look again next time
                log.exception("looking for new versions failed")

    def versions(self) -> dict[int, tuple]:
        """Version number to fingerprint (names, sizes, times of the files), for every version folder."""
        found = {}
        for folder in self.folder.iterdir() if self.folder.is_dir() else ():
            if folder.name.isascii() and folder.name.isdigit() and str(int(folder.name)) == folder.name and folder.is_dir():
                try:
                    files = sorted(path for path in folder.rglob("*") if path.is_file())
                    stats = [(path, path.stat()) for path in files]
                except OSError:                         # being copied or deleted just now
                    continue
                found[int(folder.name)] = tuple((str(path.relative_to(folder)), s.st_size, s.st_mtime_ns) for path, s in stats)
        return found

    def scan(self, at_start=False) -> None:
        """Serve the highest version that loads. A version that still changes is left for the next look; one that does not
        load is refused until its files change. Without any good version the present one goes on serving."""
        with self.scanning:
            found = self.versions()
            self.failed = {version: failure for version, failure in self.failed.items() if version in found}
            serving = self.current[0].version if self.current else None
            for version in sorted(found, reverse=True):
                if version == serving:
                    break                               # versions are never changed in place: a new one gets a new number
                files = found[version]
                incomplete = not any(name == "saved_model.pb" for name, _, _ in files)
                still_changing = not at_start and self.seen.get(version) != files
                if incomplete or still_changing or self.failed.get(version, (None,))[0] == files:
                    continue
                try:
                    self.serve(Model(self.folder / str(version), self.batch_size))
                    break
                except ModelError as error:
                    self.failed = {**self.failed, version: (files, str(error))}     # a new dict: /v1/models reads the old one
                    self.metrics.failures.inc()
                    log.warning("version %d is refused: %s", version, error)
            self.seen = found

    def serve(self, model: Model) -> None:
        """Answer with this model from now on. The old one answers what it has accepted."""
        batcher = Batcher(model, self.batch_size, self.wait, self.metrics.observe_batch)
        with self.lock:
            old, self.current = self.current, (model, batcher)
        if old:
            old[1].close()
        gc.unfreeze()                                   # what was loaded before may go now
        gc.collect()
        gc.freeze()                                     # or Python looks through all of TensorFlow under load: 0.2 s each time
        self.metrics.version.set(model.version)
        log.info("serving %s, version %d", self.name, model.version)

    def model(self, name: str, version: str | None = None) -> tuple[Model, Batcher]:
        """The model and its batcher. Refused: 404 for another name or version, 503 while none is loaded."""
        if name != self.name:
            raise Refused(404, f'There is no model "{name[:40]}" here. The model is "{self.name}".')
        if not self.current:
            raise Refused(503, "No version of the model is loaded yet. Try again in a moment.", Retry_After="5")
        model, batcher = self.current
        if version is not None and version != str(model.version):
            raise Refused(404, f"Version {version[:20]} of {self.name} is not served. Version {model.version} is.")
        return model, batcher

    def status(self, version: str | None) -> list[dict]:
        """What TensorFlow Serving says about a model's versions."""
        rows = {v: ("END", "INVALID_ARGUMENT", sentence) for v, (_, sentence) in self.failed.items()}
        if self.current:
            rows[self.current[0].version] = "AVAILABLE", "OK", ""
        rows = {v: row for v, row in rows.items() if version in (None, str(v))}
        if not rows:
            raise Refused(404, f"Version {version[:20]} of {self.name} is not here." if version else f"No version of {self.name} is here.")
        return [{"version": str(v), "state": state, "status": {"error_code": code, "error_message": message}}
                for v, (state, code, message) in sorted(rows.items(), reverse=True)]

    @contextmanager
    def admitted(self):
        """Around one predict request. Refused (503) when stopping or when `queue` requests are here already."""
        with self.lock:
            if self.stopping:
                raise Refused(503, "The service is stopping. Ask another one, or try again in a moment.", Retry_After="5")
            if self.in_flight >= self.queue:
                raise Refused(503, "The service has too much to do. Try again in a second.", Retry_After="1")
            self.in_flight += 1
        try:
            yield
        finally:
            with self.lock:
                self.in_flight -= 1

    def predict(self, body: bytes, name: str, version: str | None) -> dict:
        """The answer to a predict request, as JSON data."""
        while True:
            model, batcher = self.model(name, version)
            with batcher.expected():
                array, key = read_request(body, model, self.batch_size)
            if future := batcher.submit(array):         # None: a new version came in between, ask that one
                break
        try:
            out = future.result(timeout=PATIENCE)
        except FutureTimeout:
            raise Refused(503, "The model takes too long. Try again in a moment.", Retry_After="5") from None
        except model.refusals:
            raise Refused(400, "The model refuses these values. Are they in the range that it was trained on?") from None
        if not np.isfinite(out).all():
            raise Refused(400, "For these values the model gives no finite numbers. Are they in the range that it was trained on?")
        return {"predictions" if key == "instances" else "outputs": out.tolist()}

    def close(self) -> None:
        """Stop watching and end the batcher."""
        self.stopping = True
        self.stopped.set()
        if self.current:
            self.current[1].close()


class Metrics:
    """What /metrics shows, for one service."""

    def __init__(self, service: Service):
        self.registry = prometheus.CollectorRegistry()
        common = {"registry": self.registry}
        self.requests = prometheus.Counter("serve_requests_total", "Answers, by route, method and status", ["route", "method", "status"], **common)
        self.seconds = prometheus.Histogram("serve_request_seconds", "Time of a request in the service, by route", ["route"],
                                            buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5), **common)
        self.batch = prometheus.Histogram("serve_batch_images", "Images in one call of the model", buckets=(1, 2, 4, 8, 16, 32, 64, 128), **common)
        self.model_seconds = prometheus.Histogram("serve_model_seconds", "Time of one call of the model",
                                                  buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5), **common)
        self.failures = prometheus.Counter("serve_version_failures_total", "Versions that were refused", **common)
        self.version = prometheus.Gauge("serve_model_version", "The version that is served", **common)
        waiting = prometheus.Gauge("serve_requests_in_flight", "Predict requests being answered or waiting", **common)
        waiting.set_function(lambda: service.in_flight)

    def observe_batch(self, images: int, seconds: float) -> None:
        self.batch.observe(images)
        self.model_seconds.observe(seconds)

    def text(self) -> bytes:
        return prometheus.generate_latest(self.registry)


# --------------------------------------------------------------------------------------------------------- the routes

def too_large(limit: int) -> str:
    return f"The body is larger than {limit:,} bytes. Send fewer images in one request."


def create_app(service: Service) -> Flask:
    """The Flask application of a service."""
    app = Flask(__name__, static_folder=None, template_folder=str(FOLDER / "templates"))
    app.config["MAX_CONTENT_LENGTH"] = service.limit
    app.url_map.merge_slashes = app.url_map.strict_slashes = False
    predict = f"POST /v1/models/{service.name}:predict"

    def answer(data: dict, status=200, headers=None) -> Response:
        return Response(json.dumps(data, allow_nan=False) + "\n", status, headers, mimetype="application/json")

    @app.before_request
    def start():
        g.started, g.nonce = time.perf_counter(), secrets.token_urlsafe(16)

    @app.get("/")
    def page():
        return render_template("draw.html", name=service.name, nonce=g.nonce)

    @app.get("/healthz")
    def alive():
        return answer({"status": "alive"})

    @app.get("/readyz")
    def ready():
        if service.stopping:
            raise Refused(503, "The service is stopping.", Retry_After="5")
        service.model(service.name)
        return answer({"status": "ready"})

    @app.get("/metrics")
    def metrics():
        return Response(service.metrics.text(), content_type=prometheus.CONTENT_TYPE_LATEST)

    @app.get("/v1/models/<name>")
    @app.get("/v1/models/<name>/versions/<version>")
    def status(name, version=None):
        if name != service.name:
            service.model(name)
        rows = service.status(version)                                  # TensorFlow Serving's answer, then KServe's
        return answer({"model_version_status": rows, "name": name, "ready": any(row["state"] == "AVAILABLE" for row in rows) and not service.stopping})

    @app.get("/v1/models")
    def models():
        return answer({"models": [service.name]})

    @app.get("/v1/models/<name>/metadata")
    @app.get("/v1/models/<name>/versions/<version>/metadata")
    def metadata(name, version=None):
        return answer(service.model(name, version)[0].metadata(name))

    @app.post("/v1/models/<name>:predict")
    @app.post("/v1/models/<name>/versions/<version>:predict")
    def predict_route(name, version=None):
        with service.admitted():
            if request.mimetype != "application/json" or request.mimetype_params.get("charset", "utf-8").lower() != "utf-8":
                raise Refused(415, "Send JSON in UTF-8 with the header Content-Type: application/json.")
            if request.headers.get("Content-Encoding", "identity") != "identity":
                raise Refused(415, "Send the body as it is, without Content-Encoding.")
            return answer(service.predict(request.get_data(cache=False), name, version))

    @app.errorhandler(Refused)
    def refused(error):
        return answer({"error": error.message}, error.status, error.headers)

    @app.errorhandler(HTTPException)
    def http_error(error):
        sentences = {404: f"There is nothing at this address. Try {predict}.",
                     405: f"This address does not answer {request.method}. It answers {', '.join(sorted(error.valid_methods or ()))}."
                     if error.code == 405 else "",
                     413: too_large(service.limit)}
        headers = [(name, value) for name, value in error.get_headers() if name.lower() == "allow"]
        return answer({"error": sentences.get(error.code) or f"{error.name}."}, error.code or 500, headers)

    @app.errorhandler(Exception)
    def unexpected(error):
        log.exception("unexpected error")
        return answer({"error": "The service failed. This is its fault, not the request's."}, 500)

    @app.after_request
    def finish(response):
        policy = (f"default-src 'none'; script-src 'nonce-{g.nonce}'; style-src 'nonce-{g.nonce}'; connect-src 'self'; "
                  "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
        response.headers.update({"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff",
                                 "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"})
        route = request.url_rule.rule if request.url_rule else "other"
        method = request.method if request.method in ("GET", "POST", "HEAD", "OPTIONS") else "other"
        service.metrics.requests.labels(route, method, response.status_code).inc()
        service.metrics.seconds.labels(route).observe(time.perf_counter() - g.started)
        return response

    return app


# --------------------------------------------------------------------------------------------------- start and stop

class JsonErrors(ErrorTask):
    """What waitress refuses by itself, a broken request line for instance, is JSON as well."""

    def execute(self):
        error = self.request.error
        sentence = {413: too_large(self.channel.server.service.limit), 431: "The headers are too large. Send less of them."}
        body = json.dumps({"error": sentence.get(error.code, f"This is not a proper HTTP request: {error.body}.")}).encode() + b"\n"
        self.status, self.content_length = f"{error.code} {error.reason}", len(body)
        self.response_headers.append(("Content-Type", "application/json"))
        self.set_close_on_finish()
        self.write(body)


class Channel(HTTPChannel):
    """A connection. While the service is stopping, each answer is the connection's last one."""

    error_task_class = JsonErrors

    def service(self):
        if self.server.service.stopping:
            self.requests[0].headers["CONNECTION"] = "close"
        super().service()


class Server:
    """waitress around a service. `start`, `port`, `stop`; a stop answers what is in flight."""

    def __init__(self, service: Service, host="127.0.0.1", port=0):
        self.service = service
        # One thread for each admitted request, and some more to say 503 and /healthz. The body limit is the application's,
        # which answers in JSON; waitress's own is the bound behind it. Slow clients are dropped after channel_timeout.
        self.waitress = waitress.create_server(
            create_app(service), host=host, port=port, threads=service.queue + 8, connection_limit=4 * service.queue + 64,
            max_request_body_size=4 * service.limit, max_request_header_size=32_768, channel_timeout=30, ident=None,
            asyncore_use_poll=hasattr(select, "poll"), clear_untrusted_proxy_headers=True)
        self.waitress.channel_class, self.waitress.service = Channel, service
        self.port = self.waitress.effective_port
        self.thread = threading.Thread(target=self.waitress.run, daemon=True, name="waitress")

    def start(self) -> "Server":
        self.thread.start()
        return self

    def busy(self) -> bool:
        """Whether a request is being read, answered or sent."""
        channels = list(self.waitress.active_channels.values())
        return any(channel.requests or channel.request or channel.total_outbufs_len for channel in channels)

    def stop(self, patience=PATIENCE) -> None:
        """Refuse what is new, answer what is in flight, close. No answer is cut short.

        Connections that nobody has accepted by then are reset, and the caller knows that nothing was done.
        """
        self.service.stopping, deadline = True, time.monotonic() + patience

        def wait_for(quiet):
            calm = 0
            while calm < 3 and time.monotonic() < deadline:         # three looks in a row: a request may come between two
                time.sleep(0.02)
                calm = calm + 1 if quiet() else 0

        wait_for(lambda: self.service.in_flight == 0)
        self.waitress.accepting = False                             # no new connection, and the old ones end with their next answer
        wait_for(lambda: not self.busy())
        self.waitress.close()
        self.service.close()


def positive(convert, zero=False):
    """An argparse type: a finite number above zero, or from zero on."""
    def parse(text: str):
        value = convert(text)
        if not math.isfinite(value) or value < 0 or value == 0 and not zero:
            raise argparse.ArgumentTypeError(f"must be {'zero or more' if zero else 'above zero'}, not {text}")
        return value
    parse.__name__ = "number" if convert is float else "whole number"
    return parse


def arguments(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="serve.py", description="Serve an exported model over HTTP, as TensorFlow Serving does.",
                                     formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 lets other machines in, and nothing here asks who they are")
    add("--port", type=positive(int, zero=True), default=8501, help="port to listen on; 0 takes a free one")
    add("--models", type=Path, default=FOLDER / "models" / "digits", help="folder with version folders 1, 2, …; its name is the model's")
    add("--batch-size", type=positive(int), default=64, help="images in one call of the model, and in one request, at most")
    add("--wait", type=positive(float, zero=True), default=2.0, help="milliseconds that a batch stays open while other requests are being read")
    add("--queue", type=positive(int), default=64, help="requests being answered or waiting; beyond that the answer is 503")
    add("--body-limit", type=positive(int), default=2_000_000, help="bytes of a request's body at most")
    add("--poll", type=positive(float), default=1.0, help="seconds between two looks for a new version")
    parsed = parser.parse_args(argv)
    if parsed.port > 65535:
        parser.error("argument --port: must be at most 65535")
    return parsed


def main(argv=None) -> int:
    options = arguments(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)         # it warns of each request that waits
    if not any(options.models.glob("[0-9]*/saved_model.pb")):
        print(f"There is no exported model in {options.models}. Run the notebook day15_deployment/deployment.ipynb: it makes one.", file=sys.stderr)
        return 2
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    stop = threading.Event()
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: stop.set())
    service = Service(options.models, options.batch_size, options.wait / 1000, options.queue, options.body_limit, options.poll)
    if not service.current:
        print(f"No version in {options.models} can be served. {' '.join(s for _, s in service.failed.values())}", file=sys.stderr)
        return 2
    try:
        server = Server(service, options.host, options.port).start()
    except OSError as error:
        print(f"Cannot listen on {options.host}, port {options.port}: {error.strerror or error}. Choose another with --port.", file=sys.stderr)
        return 2
    model = service.current[0]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(options.host, f"[{options.host}]" if ":" in options.host else options.host)
    print(f"Serving {service.name}, version {model.version}, at http://{host}:{server.port}/ (draw a digit there; Ctrl+C stops)", flush=True)
    while not stop.wait(0.5):
        pass
    print("Stopping: requests in flight are answered.", flush=True)
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
