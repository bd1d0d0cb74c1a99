"""Serve an exported model over HTTP: the service of Day 15.

    python day15_deployment/serve.py            serves day15_deployment/models/digits on port 8501
    python day15_deployment/serve.py --help     explains the options

It speaks TensorFlow Serving's REST API for predict, status and metadata, so the same client works
with both: https://www.tensorflow.org/tfx/serving/api_rest. This file reads the options, starts and
stops. The rest is in service/, a file for each part: its __init__.py says in which order a request
meets them.
"""

import argparse
import logging
import math
import os
import re
import signal
import sys
import threading
from pathlib import Path

from service.predictor import Service
from service.seen import set_up_logs
from service.server import Server

FOLDER = Path(__file__).resolve().parent
log = logging.getLogger("serve")


def main(argv=None) -> int:
    """Serve until a signal comes. 0: stopped, 1: the server ended by itself, 2: it cannot start,
    and one sentence says why."""
    options = arguments(argv)
    set_up_logs(options.log)
    if not any(options.models.glob("[0-9]*/saved_model.pb")):
        print(
            (
                f"There is no exported model in {options.models}. Run the notebook "
                f"day15_deployment/deployment.ipynb: it makes one."
            ),
            file=sys.stderr,
        )
        return 2
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    stop = threading.Event()
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: stop.set())
    service = Service(
        options.models,
        options.batch_size,
        options.wait / 1000,
        options.queue,
        options.body_limit,
        options.poll,
        options.versions,
        dict(options.label),
    )
    if not service.versions.served:
        reasons = " ".join(
            f"{version}: {sentence}"
            for version, (_, sentence) in sorted(service.versions.failed.items())
        )
        print(f"No version in {options.models} can be served. {reasons}".rstrip(), file=sys.stderr)
        return 2
    try:
        server = Server(
            service,
            options.host,
            options.port,
            ("localhost", *options.trusted_host),
            options.log_requests,
        ).start()
    except OSError as error:
        print(
            (
                f"Cannot listen on {options.host}, port {options.port}: {error}. Choose another "
                f"with --host and --port."
            ),
            file=sys.stderr,
        )
        return 2
    assert service.versions.default  # ready, so there is one
    print(
        (
            f"Serving {service.name}, version {service.versions.default.version}, at "
            f"{address_for_people(server)} (draw a digit there; Ctrl+C stops)"
        ),
        flush=True,
    )
    while not stop.wait(0.5):
        if not server.is_alive():
            log.critical("the server has ended, so the program ends as well")
            return 1
    print("Stopping: requests in flight are answered.", flush=True)
    server.stop()
    return 0


def address_for_people(server: Server) -> str:
    """The address to type into a browser."""
    host = server.addresses[0][0]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{server.port}/"


def arguments(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="serve.py",
        description="Serve an exported model over HTTP, as TensorFlow Serving does.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--host",
        default="127.0.0.1",
        help=(
            "name or address to listen on; 0.0.0.0 lets other machines in, and nothing here "
            "asks who they are"
        ),
    )
    add(
        "--port",
        type=positive(int, zero=True),
        default=8501,
        help="port to listen on; 0 takes a free one",
    )
    add(
        "--trusted-host",
        action="append",
        default=[],
        metavar="NAME",
        help=(
            "a name under which callers may ask, besides localhost, --host and numeric "
            "addresses; * for any"
        ),
    )
    add(
        "--models",
        type=Path,
        default=FOLDER / "models" / "digits",
        help="folder with version folders 1, 2, …; its name is the model's",
    )
    add(
        "--versions",
        type=numbers,
        default=(),
        metavar="N,N",
        help=(
            "serve these versions and no other, the highest if none is named; default: the "
            "newest good one and those with a label"
        ),
    )
    add(
        "--label",
        type=labeled,
        action="append",
        default=[],
        metavar="NAME=N",
        help="another name for a version, which is kept for it: …/labels/NAME:predict",
    )
    add(
        "--batch-size",
        type=positive(int),
        default=64,
        help="images in one call of the model, and in one request, at most",
    )
    add(
        "--wait",
        type=positive(float, zero=True),
        default=2.0,
        help="milliseconds that a batch stays open while other requests are being read",
    )
    add(
        "--queue",
        type=positive(int),
        default=64,
        help="requests being answered or waiting; beyond that the answer is 503",
    )
    add(
        "--body-limit",
        type=positive(int),
        help="bytes of a request's body at most; default: what --batch-size inputs need",
    )
    add(
        "--poll",
        type=positive(float),
        default=1.0,
        help="seconds between two looks for a new version",
    )
    add(
        "--log",
        choices=("text", "json"),
        default="text",
        help="form of the lines on standard error",
    )
    add(
        "--log-requests",
        action="store_true",
        help="a line for each request, with its id, status and time",
    )
    parsed = parser.parse_args(argv)
    if parsed.port > 65535:
        parser.error("argument --port: must be at most 65535")
    for name, version in parsed.label:
        if parsed.versions and version not in parsed.versions:
            parser.error(
                f"argument --label: {name} is version {version}, which is not among --versions"
            )
    return parsed


def positive(convert, zero=False):
    """An argparse type: a finite number above zero, or from zero on."""

    def parse(text: str):
        value = convert(text)
        if not math.isfinite(value) or value < 0 or (value == 0 and not zero):
            raise argparse.ArgumentTypeError(
                f"must be {'zero or more' if zero else 'above zero'}, not {text}"
            )
        return value

    parse.__name__ = "number" if convert is float else "whole number"
    return parse


def numbers(text: str) -> tuple[int, ...]:
    """An argparse type: versions, as in "2" or "2,3"."""
    if not re.fullmatch(r"[0-9]+(,[0-9]+)*", text):
        raise argparse.ArgumentTypeError(f"must be numbers of versions, as 2 or 2,3, not {text}")
    return tuple(sorted({int(part) for part in text.split(",")}))


def labeled(text: str) -> tuple[str, int]:
    """An argparse type: a label and its version, as in "stable=2"."""
    found = re.fullmatch(r"([A-Za-z][\w-]{0,39})=([0-9]+)", text, re.ASCII)
    if not found:
        raise argparse.ArgumentTypeError(f"must be a name and a version, as stable=2, not {text}")
    return found[1], int(found[2])


if __name__ == "__main__":
    sys.exit(main())
