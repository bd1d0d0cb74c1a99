"""What can be seen from outside: metrics for Prometheus, and a log whose lines carry the request's
id."""

import contextvars
import functools
import json
import logging
import re
import secrets
import time
from typing import Any

import prometheus_client as prometheus

log = logging.getLogger("serve")
request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="-")


class Metrics:
    """What /metrics shows, for one service. in_flight: a function, how many requests are here just
    now."""

    def __init__(self, in_flight):
        self.registry = prometheus.CollectorRegistry()
        common: dict[str, Any] = {"registry": self.registry}
        requests = prometheus.Counter(
            "serve_requests_total",
            "Answers, by route, method and status",
            ["route", "method", "status"],
            **common,
        )
        seconds = prometheus.Histogram(
            "serve_request_seconds",
            "Time of a request in the service, by route",
            ["route"],
            buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5),
            **common,
        )
        self.batch = prometheus.Histogram(
            "serve_batch_images",
            "Images in one call of the model",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128),
            **common,
        )
        self.model_seconds = prometheus.Histogram(
            "serve_model_seconds",
            "Time of one call of the model",
            buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5),
            **common,
        )
        self.failures = prometheus.Counter(
            "serve_version_failures_total", "Versions that were refused", **common
        )
        self.version = prometheus.Gauge(
            "serve_model_version", "The version that answers when none is named", **common
        )
        self.dropped = prometheus.Counter(
            "serve_dropped_connections_total",
            "Connections ended before their request was whole, by reason",
            ["reason"],
            **common,
        )
        waiting = prometheus.Gauge(
            "serve_requests_in_flight", "Predict requests being answered or waiting", **common
        )
        waiting.set_function(in_flight)
        self.count, self.time = (
            functools.cache(requests.labels),
            functools.cache(seconds.labels),
        )  # finding one takes as long as adding to it

    def observe_request(self, route: str, method: str, status: int, seconds: float) -> None:
        self.count(route, method, status).inc()
        self.time(route).observe(seconds)

    def observe_batch(self, images: int, seconds: float) -> None:
        self.batch.observe(images)
        self.model_seconds.observe(seconds)

    def text(self) -> bytes:
        return prometheus.generate_latest(self.registry)


def new_request_id(given: str = "") -> str:
    """The id that the caller gave, if it is one that can stand in a log; else a new one."""
    return given if re.fullmatch(r"[\w.:-]{1,64}", given, re.ASCII) else secrets.token_hex(8)


class WithRequestId(logging.Filter):
    """Gives each log record the id of the request in which it was written, "-" outside of one."""

    def filter(self, record):
        record.request_id = request_id.get()
        return True


class JsonLines(logging.Formatter):
    """A log record as one line of JSON, for programs that collect logs."""

    def format(self, record):
        entry = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "request_id": getattr(record, "request_id", "-"),
            "message": record.getMessage(),
        }
        entry |= getattr(record, "fields", {})
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def set_up_logs(form: str) -> None:
    """Log to standard error, as text for people or as JSON lines. form: "text" or "json"."""
    handler = logging.StreamHandler()
    handler.addFilter(WithRequestId())
    handler.setFormatter(
        JsonLines()
        if form == "json"
        else logging.Formatter("%(asctime)s %(name)s %(levelname)s [%(request_id)s] %(message)s")
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("waitress.queue").setLevel(
        logging.ERROR
    )  # it warns of each request that waits
