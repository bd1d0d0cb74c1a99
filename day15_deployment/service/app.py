"""The addresses that the service answers, as a Flask application."""

import functools
import ipaddress
import json
import secrets
import time
from pathlib import Path

import prometheus_client as prometheus
from flask import Flask, Response, g, render_template, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from .checks import Refused
from .predictor import Service
from .seen import log, new_request_id, request_id

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
BEGAN, GONE = "service.began", "service.was_reset"  # in the WSGI environment
HEADERS = [
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
]
encode = json.JSONEncoder(allow_nan=False).encode
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def too_large(limit: int) -> str:
    return f"The body is larger than {limit:,} bytes. Send fewer images in one request."


def create_app(service: Service, hosts=("localhost",), log_requests=False) -> Flask:
    """The Flask application of a service.

    hosts: names under which it may be asked, besides numeric addresses; "*" for any. log_requests:
    a line for each.
    """
    app = Flask(__name__, static_folder=None, template_folder=str(TEMPLATES))
    hosts = tuple(hosts)
    app.url_map.merge_slashes = app.url_map.strict_slashes = False
    predict = f"POST /v1/models/{service.name}:predict"

    def answer(data: dict, status=200, headers=None) -> Response:
        return Response(encode(data) + "\n", status, headers, mimetype="application/json")

    @app.before_request
    def start():
        environ = request.environ
        g.started, g.id = time.perf_counter(), new_request_id(environ.get("HTTP_X_REQUEST_ID", ""))
        request_id.set(g.id)
        request.max_content_length = service.limit
        if not is_trusted(environ.get("HTTP_HOST", ""), hosts):
            raise Refused(
                421,
                (
                    "This service is not known under that name. Ask it as localhost, by its "
                    "address, or start it with --trusted-host."
                ),
            )

    # ------------------------------------------------------------------ for people and for machines

    @app.get("/")
    def page():
        nonce = secrets.token_urlsafe(16)
        policy = (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
            f"connect-src 'self'; "
            "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        return render_template("draw.html", name=service.name, nonce=nonce), {
            "Content-Security-Policy": policy
        }

    @app.get("/healthz")
    def alive():
        if fault := service.fault():
            raise Refused(503, fault)
        return answer({"status": "alive"})

    @app.get("/readyz")
    def ready():
        if why := service.not_ready():
            raise Refused(503, why, Retry_After="5")
        return answer({"status": "ready"})

    @app.get("/metrics")
    def metrics():
        return Response(service.metrics.text(), content_type=prometheus.CONTENT_TYPE_LATEST)

    # -------------------------------------------------------------------------- models and versions

    @app.get("/v1/models")
    def models():
        return answer({"models": [service.name]})

    @app.get("/v1/models/<name>")
    @app.get("/v1/models/<name>/versions/<version>")
    @app.get("/v1/models/<name>/labels/<label>")
    def status(name, version=None, label=None):
        if name != service.name or label is not None:
            version = str(service.versions.find(name, version, label).version)
        rows = service.versions.status(version)
        data = {
            "model_version_status": rows,
            "name": name,  # TensorFlow Serving's answer, then KServe's
            "ready": any(row["state"] == "AVAILABLE" for row in rows)
            and service.not_ready() is None,
        }
        return answer(
            data | ({"labels": service.versions.labels} if service.versions.labels else {})
        )

    @app.get("/v1/models/<name>/metadata")
    @app.get("/v1/models/<name>/versions/<version>/metadata")
    @app.get("/v1/models/<name>/labels/<label>/metadata")
    def metadata(name, version=None, label=None):
        return answer(service.versions.find(name, version, label).model.metadata(name))

    def verb(name, verb, version=None, label=None):
        """POST …:predict; another verb is not served, and another method is told which one is."""
        if verb != "predict":
            raise Refused(404, f'Of the verbs only ":predict" is served here. Try {predict}.')
        if request.method != "POST":
            raise MethodNotAllowed(valid_methods=["POST"])
        with service.admitted():
            if (
                request.mimetype != "application/json"
                or request.mimetype_params.get("charset", "utf-8").lower() != "utf-8"
            ):
                raise Refused(
                    415, "Send JSON in UTF-8 with the header Content-Type: application/json."
                )
            environ = request.environ
            if environ.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
                raise Refused(415, "Send the body as it is, without Content-Encoding.")
            body = request.get_data(cache=False)
            return answer(
                service.predict(
                    body, name, version, label, environ.get(BEGAN), environ.get(GONE, lambda: False)
                )
            )

    for place in ("", "/versions/<version>", "/labels/<label>"):
        app.add_url_rule(
            f"/v1/models/<name>{place}:<verb>",
            view_func=verb,
            methods=METHODS,
            provide_automatic_options=False,
        )

    # -------------------------------------------------------------------------- errors, and the end

    @app.errorhandler(Refused)
    def refused(error):
        return answer({"error": error.message}, error.status, error.headers)

    @app.errorhandler(HTTPException)
    def http_error(error):
        sentences = {
            404: f"There is nothing at this address. Try {predict}.",
            413: too_large(service.limit),
        }
        if isinstance(error, MethodNotAllowed):
            valid = ", ".join(sorted(error.valid_methods or ()))
            hint = f" To predict: {predict}." if request.method == "POST" else ""
            sentences[405] = (
                f"This address does not answer {request.method[:20]}. It answers {valid}.{hint}"
            )
        headers = [(name, value) for name, value in error.get_headers() if name.lower() == "allow"]
        return answer(
            {"error": sentences.get(error.code) or f"{error.name}."}, error.code or 500, headers
        )

    @app.errorhandler(Exception)
    def unexpected(error):
        log.exception("unexpected error")
        return answer({"error": "The service failed. This is its fault, not the request's."}, 500)

    @app.after_request
    def finish(response):
        response.headers.setdefault(
            "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"
        )
        response.headers.extend([*HEADERS, ("X-Request-ID", g.id)])
        route = request.url_rule.rule if request.url_rule else "other"
        method, seconds = (
            request.method if request.method in METHODS else "other",
            time.perf_counter() - g.started,
        )
        service.metrics.observe_request(route, method, response.status_code, seconds)
        if log_requests:
            log.info(
                "%s %s %d %.1f ms",
                method,
                route,
                response.status_code,
                1000 * seconds,
                extra={
                    "fields": {
                        "method": method,
                        "route": route,
                        "status": response.status_code,
                        "seconds": round(seconds, 6),
                    }
                },
            )
        return response

    return app


@functools.lru_cache(1000)
def is_trusted(host: str, hosts: tuple[str, ...]) -> bool:
    """Whether a Host header means this service: a numeric address, or one of these names.

    A page on the web can let its own name point to 127.0.0.1; the browser then sends that page's
    requests here, but under that name.
    """
    name = (
        host[1:].partition("]")[0]
        if host.startswith("[")
        else host.partition(":")[0]
        if host.count(":") == 1
        else host
    )
    name = name.rstrip(".").lower()
    if "*" in hosts or not name or name in {known.lower() for known in hosts}:
        return True
    try:
        ipaddress.ip_address(name)
        return True
    except ValueError:
        return False
