"""Day 15: the service. Its contract, its refusals, batching, overload, new versions, stopping, the
command line.

The model served here is a small one with known weights, exported by the fixture: what is tested is
the service.
"""

import gc
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import tracemalloc
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lessons import ROOT
from service import app, batcher, predictor
from service import server as connections
from service.model import Model

SCRIPT = ROOT / "day15_deployment" / "serve.py"
PREDICT = "/v1/models/digits:predict"
JSON = {"Content-Type": "application/json"}


def weights(version: int) -> np.ndarray:
    """(784, 10): what the model of this version multiplies the pixels with."""
    return np.random.default_rng(version).normal(size=(784, 10)).astype("float32") / 2550


def expected(images, version=1) -> np.ndarray:
    """The probabilities (n, 10) by hand, float64."""
    z = np.reshape(images, (-1, 784)).astype("float64") @ weights(version).astype("float64")
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def export(folder, version=1, shape=(28, 28), scale=1.0, inputs=1, name="serving_default"):
    """Write a version folder: softmax of pixels times weights. `scale` spoils it."""
    import tensorflow as tf

    class Linear(tf.Module):
        def __init__(self):
            self.W = tf.Variable(weights(version) * scale)

    module = Linear()

    def function(image, other=None):
        return {"probabilities": tf.nn.softmax(tf.reshape(image, (-1, 784)) @ module.W)}

    specs = [
        tf.TensorSpec((None, *shape), tf.float32, name=key) for key in ("image", "other")[:inputs]
    ]
    tf.saved_model.save(
        module, str(folder / str(version)), {name: tf.function(function, input_signature=specs)}
    )


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """Versions 1 and 2, whole, to be copied from."""
    folder = tmp_path_factory.mktemp("exported") / "digits"
    for version in (1, 2):
        export(folder, version)
    return folder


@pytest.fixture
def models(exported, tmp_path):
    """A model folder of one's own, with version 1."""
    shutil.copytree(exported / "1", tmp_path / "digits" / "1")
    return tmp_path / "digits"


@pytest.fixture(scope="module")
def service(exported, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "digits"
    shutil.copytree(exported / "1", folder / "1")
    service = predictor.Service(folder, batch_size=16, limit=500_000, poll=None)
    yield service
    service.close()


@pytest.fixture(scope="module")
def client(service):
    return app.create_app(service).test_client()


@pytest.fixture(scope="module")
def address(service):
    """(host, port) of the same service behind waitress."""
    server = connections.Server(service).start()
    yield "127.0.0.1", server.port
    server.close()


def images(n, seed=0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, size=(n, 28, 28))


def post(client, body, path=PREDICT, **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(path, data=data, headers={**JSON, **headers})


def is_clear_error(status: int, headers, body: bytes) -> None:
    """A 4xx with a JSON sentence that gives nothing of the service away."""
    assert 400 <= status < 500, (status, body)
    assert headers["Content-Type"].startswith("application/json")
    data = json.loads(body)
    assert (
        list(data) == ["error"] and len(data["error"]) > 10 and data["error"].endswith((".", "?"))
    ), data
    assert not re.search(
        (
            r"Traceback|File "
            r"\"|\.py|site-packages|/home|/root|/tmp|[Ww]erkzeug|[Ff]lask|[Ww]aitress|0x[0-9a-f]{6}"
        ),
        data["error"],
    ), data


# ------------------------------------------------------------------------------------- the contract


def test_row_and_column_format_give_the_models_numbers(client):
    x = images(3)
    for body, key in (
        ({"instances": x.tolist()}, "predictions"),
        ({"inputs": x.tolist()}, "outputs"),
        ({"instances": [{"image": one} for one in x.tolist()]}, "predictions"),
        ({"inputs": {"image": x.tolist()}}, "outputs"),
        ({"signature_name": "serving_default", "instances": (x + 0.0).tolist()}, "predictions"),
    ):
        for path in (PREDICT, "/v1/models/digits/versions/1:predict"):
            answer = post(client, body, path)
            assert answer.status_code == 200 and list(answer.json) == [key]
            assert np.allclose(answer.json[key], expected(x), atol=1e-6)
    assert np.array(answer.json[key]).shape == (3, 10)


def test_status_and_metadata_are_those_of_tensorflow_serving_and_kserve(client):
    available = {
        "version": "1",
        "state": "AVAILABLE",
        "status": {"error_code": "OK", "error_message": ""},
    }
    for path in ("/v1/models/digits", "/v1/models/digits/versions/1"):
        assert client.get(path).json == {
            "model_version_status": [available],
            "name": "digits",
            "ready": True,
        }
    assert client.get("/v1/models").json == {"models": ["digits"]}
    found = client.get("/v1/models/digits/metadata").json
    assert found == client.get("/v1/models/digits/versions/1/metadata").json
    assert found["model_spec"] == {"name": "digits", "signature_name": "", "version": "1"}
    signature = found["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["method_name"] == "tensorflow/serving/predict"
    assert signature["inputs"]["image"]["dtype"] == "DT_FLOAT"
    assert [dim["size"] for dim in signature["inputs"]["image"]["tensor_shape"]["dim"]] == [
        "-1",
        "28",
        "28",
    ]
    assert [
        dim["size"] for dim in signature["outputs"]["probabilities"]["tensor_shape"]["dim"]
    ] == ["-1", "10"]


def test_health_readiness_metrics(client):
    assert client.get("/healthz").json == {"status": "alive"} and client.get("/readyz").json == {
        "status": "ready"
    }

    def count():
        text = client.get("/metrics").get_data(as_text=True)
        return {
            name: float(re.search(rf"^{re.escape(name)} (\S+)$", text, re.M)[1])
            for name in (
                'serve_requests_total{method="POST",route="/v1/models/<name>:<verb>",status="200"}',
                "serve_batch_images_sum",
                "serve_model_version",
            )
        }

    post(client, {"instances": images(1).tolist()})
    before = count()
    post(client, {"instances": images(5).tolist()})
    after = count()
    assert [after[name] - before[name] for name in before] == [1, 5, 0] and after[
        "serve_model_version"
    ] == 1
    client.get("/no/such/page/1"), client.get("/no/such/page/2")
    assert "/no/such/page" not in client.get("/metrics").get_data(
        as_text=True
    )  # a caller cannot fill the memory with labels


def test_every_answer_has_the_security_headers(client):
    for answer in (
        client.get("/"),
        client.get("/nope"),
        post(client, b"{"),
        client.get("/healthz"),
        client.delete(PREDICT),
    ):
        assert (
            answer.headers["X-Content-Type-Options"] == "nosniff"
            and answer.headers["X-Frame-Options"] == "DENY"
        )
        assert (
            answer.headers["Referrer-Policy"] == "no-referrer"
            and answer.headers["Cache-Control"] == "no-store"
        )
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
        assert "Server" not in answer.headers


def test_page_needs_nothing_from_elsewhere(client):
    answer, again = client.get("/"), client.get("/")
    text = answer.get_data(as_text=True)
    nonce = re.search(r"script-src 'nonce-([\w-]+)'", answer.headers["Content-Security-Policy"])[1]
    assert nonce not in again.headers["Content-Security-Policy"]
    tags = re.findall(r"<(?:script|style)\b[^>]*>", text)
    assert len(tags) >= 2 and all(f'nonce="{nonce}"' in tag for tag in tags)
    assert not re.search(
        r"(?:https?:)?//\w|@import|url\((?!data:)",
        re.sub(r"<!--.*?-->|^\s*//.*$|\s//.*$", "", text, flags=re.S | re.M),
    )
    assert not re.search(r"\son\w+=|\sstyle=", text) and 'lang="en"' in text and "viewport" in text


# ---------------------------------------------------------------------------------------- bad input


def with_pixel(value: str) -> bytes:
    """A body with one image, whose pixel in row 3, column 5 is this piece of JSON."""
    rows = [["0"] * 28 for _ in range(28)]
    rows[3][5] = value
    return (
        '{"instances": [[' + ",".join("[" + ",".join(row) + "]" for row in rows) + "]]}"
    ).encode()


ONE = images(1).tolist()
BAD_BODIES = [
    (b"", "not JSON"),
    (b"hello", "not JSON"),
    (b'{"instances": [', "not JSON"),
    (b"\xff\xfe{", "UTF-8"),
    ("\ufeff{}".encode(), "not JSON"),
    (b"[]", "must be a JSON object"),
    (b"null", "null"),
    (b"7", "a number"),
    (b'"text"', "a string"),
    (b"true", "true or false"),
    (b"{}", "Send one of"),
    ({"instances": ONE, "inputs": ONE}, "Send one of"),
    ({"instance": ONE}, '"instance" is unknown'),
    ({"instances": ONE, "signature_name": "train"}, "signature_name"),
    ({"instances": ONE, "signature_name": [1]}, "signature_name"),
    ({"instances": []}, "empty"),
    ({"inputs": []}, "empty"),
    ({"inputs": {"image": []}}, "empty"),
    ({"instances": None}, "null"),
    ({"instances": 5}, "a number"),
    ({"instances": "abc"}, "a string"),
    ({"instances": {"image": ONE}}, "an object"),
    ({"instances": ONE * 17}, "17 entries, and 16 are allowed"),
    ({"inputs": {"image": ONE * 17}}, "17 entries"),
    ({"instances": ONE[0]}, "instances[0][0] must be an array"),
    ({"instances": [ONE]}, "instances[0] has the length 1"),
    ({"instances": [[]]}, "instances[0] has the length 0, not 28"),
    ({"instances": [[[]] * 28]}, "instances[0][0] has the length 0"),
    ({"instances": [row[:27] for row in ONE]}, "instances[0] has the length 27"),
    ({"instances": [[row[:27] for row in ONE[0]]]}, "instances[0][0] has the length 27"),
    (
        {"instances": [np.zeros((28, 28, 1)).tolist()]},
        "instances[0][0][0] must be a number, not an array",
    ),
    ({"instances": [[0] * 784]}, "length 784"),
    ({"instances": [ONE[0], ONE[0][:5]]}, "instances[1] has the length 5"),
    ({"instances": [ONE[0], {"image": ONE[0]}]}, "instances[1] must be an array, not an object"),
    ({"instances": [{"pixels": ONE[0]}]}, 'instances[0] must have one key, "image"'),
    ({"instances": [{"image": ONE[0], "more": 1}]}, "one key"),
    ({"inputs": {"pixels": ONE}}, 'inputs must have one key, "image"'),
    ({"inputs": {}}, "one key"),
    (with_pixel('"7"'), "instances[0][3][5] must be a number, not a string"),
    (with_pixel("true"), "not true or false"),
    (with_pixel("null"), "not null"),
    (with_pixel("[1]"), "not an array"),
    (with_pixel("{}"), "not an object"),
    (with_pixel("NaN"), "NaN"),
    (with_pixel("Infinity"), "Infinity"),
    (with_pixel("-Infinity"), "-Infinity"),
    (with_pixel("1e999"), "too large"),
    (with_pixel("1e39"), "too large"),
    (with_pixel("1" * 400), "too large"),
    (with_pixel("-" + "1" * 400), "too large"),
    (with_pixel("1" * 5000), "too many digits"),
    (with_pixel("01"), "not JSON"),
    (with_pixel("0x10"), "not JSON"),
    (b"[" * 100_000, "nested too deeply"),
    (b'{"a":' * 100_000, "nested too deeply"),
    (b'{"instances": [], "instances": []}', "same key twice"),
    ({"instances": ONE, "\u0000": 1}, "unknown"),
    ({"x" * 1000: 1}, "unknown"),
]


@pytest.mark.parametrize(
    "body, words", BAD_BODIES, ids=[words + str(i) for i, (_, words) in enumerate(BAD_BODIES)]
)
def test_bad_body_gets_400_and_says_what_is_wrong(client, body, words):
    answer = post(client, body)
    is_clear_error(answer.status_code, answer.headers, answer.data)
    assert answer.status_code == 400 and words in answer.json["error"], answer.json
    assert len(answer.json["error"]) < 200


@pytest.mark.parametrize(
    "method, path, headers, status, words",
    [
        ("POST", PREDICT, {"Content-Type": "text/plain"}, 415, "application/json"),
        ("POST", PREDICT, {}, 415, "application/json"),
        (
            "POST",
            PREDICT,
            {"Content-Type": "application/x-www-form-urlencoded"},
            415,
            "application/json",
        ),
        ("POST", PREDICT, {"Content-Type": "application/json; charset=latin-1"}, 415, "UTF-8"),
        ("POST", PREDICT, {**JSON, "Content-Encoding": "gzip"}, 415, "Content-Encoding"),
        ("POST", "/v1/models/cats:predict", JSON, 404, 'The model is "digits"'),
        (
            "POST",
            "/v1/models/digits/versions/2:predict",
            JSON,
            404,
            "Version 2 of digits is not served",
        ),
        ("POST", "/v1/models/digits/versions/01:predict", JSON, 404, "Version 1 is"),
        ("POST", "/v1/models/digits/versions/x:predict", JSON, 404, "Version x"),
        ("POST", "/v1/models/digits:classify", JSON, 404, 'only ":predict" is served'),
        ("GET", "/v1/models/digits:explain", {}, 404, 'only ":predict" is served'),
        ("POST", "/v1/models/digits/versions/1:regress", JSON, 404, 'only ":predict" is served'),
        (
            "POST",
            "/v1/models/digits",
            JSON,
            405,
            "It answers GET, HEAD, OPTIONS. To predict: POST /v1/models/digits:predict.",
        ),
        ("GET", PREDICT, {}, 405, "does not answer GET. It answers POST."),
        ("GET", "/v1/models/digits/versions/1:predict", {}, 405, "It answers POST"),
        ("PUT", PREDICT, {}, 405, "It answers POST"),
        ("DELETE", PREDICT, {}, 405, "It answers"),
        (
            "GET",
            "/v1/models/digits/labels/stable",
            {},
            404,
            'There is no label "stable" here. The labels are: none.',
        ),
        (
            "POST",
            "/v1/models/digits/labels/stable:predict",
            JSON,
            404,
            'There is no label "stable"',
        ),
        ("GET", "/v1/models/digits/labels/stable/metadata", {}, 404, "no label"),
        ("PUT", "/healthz", {}, 405, "It answers GET"),
        ("POST", "/", JSON, 405, "GET"),
        ("GET", "/v1/models/cats", {}, 404, "The model is"),
        ("GET", "/v1/models/digits/versions/9", {}, 404, "Version 9"),
        ("GET", "/v1/models/digits/versions/9/metadata", {}, 404, "Version 9"),
        ("GET", "/v1/models/cats/metadata", {}, 404, "The model is"),
        ("GET", "/v1/", {}, 404, "nothing at this address"),
        ("GET", "/../serve.py", {}, 404, "nothing at this address"),
        ("GET", "/static/draw.html", {}, 404, "nothing at this address"),
        ("GET", "/%00", {}, 404, "nothing at this address"),
        ("GET", "/v1/models/%3Cscript%3E", {}, 404, "no model"),
    ],
)
def test_wrong_address_method_or_type(client, method, path, headers, status, words):
    answer = client.open(
        path,
        method=method,
        data=json.dumps({"instances": ONE}) if method == "POST" else None,
        headers=headers,
    )
    is_clear_error(answer.status_code, answer.headers, answer.data)
    assert answer.status_code == status and words in answer.json["error"], (
        answer.status_code,
        answer.json,
    )
    assert (status == 405) == ("Allow" in answer.headers)


def test_values_that_the_model_cannot_take_are_the_callers(client, service, monkeypatch):
    import tensorflow as tf

    model = service.versions.default.model
    for answer, words in (
        (lambda x: np.full((len(x), 10), np.nan), "no finite numbers"),
        (lambda x: tf.debugging.assert_less(x, 0.0), "refuses these values"),
    ):
        monkeypatch.setattr(model, "function", answer)
        found = post(client, {"instances": ONE})
        is_clear_error(found.status_code, found.headers, found.data)
        assert found.status_code == 400 and words in found.json["error"]


def test_body_above_the_limit_gets_413(client):
    answer = post(client, b" " * 500_001)
    is_clear_error(answer.status_code, answer.headers, answer.data)
    assert answer.status_code == 413 and "500,000 bytes" in answer.json["error"]
    assert post(client, json.dumps({"instances": ONE}).encode() + b" " * 300_000).status_code == 200


# Property-based: thousands of requests that nobody thought of. `is_good` is written without a look
# at the service.


def is_good(body: bytes, most: int) -> bool:
    """Whether a body is a right predict request of at most `most` images, by the contract."""

    def number(value):
        return type(value) in (int, float) and abs(value) < 1e6

    def array(value, n):
        return isinstance(value, list) and len(value) == n

    def image(value):
        return array(value, 28) and all(array(row, 28) and all(map(number, row)) for row in value)

    def refuse(token):
        raise ValueError(token)

    def pairs(found):
        if len(dict(found)) < len(found):
            raise ValueError("twice")
        return dict(found)

    try:
        data = json.loads(body.decode(), parse_constant=refuse, object_pairs_hook=pairs)
    except (ValueError, RecursionError):
        return False
    if (
        not isinstance(data, dict)
        or data.pop("signature_name", "serving_default") not in ("", "serving_default")
        or len(data) != 1
    ):
        return False
    ((key, value),) = data.items()
    if key == "inputs" and isinstance(value, dict):
        value = value["image"] if list(value) == ["image"] else None
    elif (
        key == "instances"
        and isinstance(value, list)
        and all(isinstance(part, dict) for part in value)
    ):
        value = [part["image"] if list(part) == ["image"] else None for part in value]
    return (
        key in ("instances", "inputs")
        and isinstance(value, list)
        and 1 <= len(value) <= most
        and all(map(image, value))
    )


numbers = (
    st.integers()
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.sampled_from([1e38, 4e38, 10**400, -1, 255, 0.5])
)
leaves = st.none() | st.booleans() | numbers | st.text(max_size=5)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["instances", "inputs", "image", "signature_name", "b64", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@st.composite
def spoiled(draw):
    """A good request of any form with one thing changed somewhere, or nothing."""
    n = draw(st.sampled_from([1, 2, MOST, MOST + 1]))
    batch = [[[0] * 28 for _ in range(28)] for _ in range(n)]
    form = draw(st.integers(0, 3))
    data = [
        {"instances": batch},
        {"inputs": batch},
        {"instances": [{"image": one} for one in batch]},
        {"inputs": {"image": batch}},
    ][form]
    holder, key = data, next(iter(data))
    for _ in range(draw(st.integers(0, 5))):  # walk down to the place
        inner = holder[key]
        if not isinstance(inner, (list, dict)) or not inner:
            break
        holder, key = (
            inner,
            draw(st.sampled_from(sorted(inner) if isinstance(inner, dict) else range(len(inner)))),
        )
    change = draw(st.sampled_from(["replace", "delete", "repeat", "rename", "nothing"]))
    if change == "replace":
        holder[key] = draw(values)
    elif change == "delete":
        del holder[key]
    elif change == "repeat" and isinstance(holder, list):
        holder.insert(key, holder[key])
    elif change == "rename" and isinstance(holder, dict):
        holder[draw(st.sampled_from(["", "instance", "INPUTS", "image ", "signature_name"]))] = (
            holder.pop(key)
        )
    body = json.dumps(data).encode()
    cut = draw(st.sampled_from([0, 0, 0, 1, 7, len(body) // 2]))
    return body[: len(body) - cut]


MOST = 3  # images in a request: a batch at its limit is cheap to write and to read


@pytest.fixture(scope="module")
def small(exported):
    """A client of a service that takes MOST images at most."""
    service = predictor.Service(exported, batch_size=MOST, limit=500_000, poll=None, pinned=(1,))
    yield app.create_app(service).test_client()
    service.close()


EXAMPLES = {
    "derandomize": True,
    "database": None,
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
}


def judged(client, body):
    answer = post(client, body)
    if answer.status_code == 200:
        assert is_good(body, MOST), f"accepted: {body[:200]}"
    else:
        is_clear_error(answer.status_code, answer.headers, answer.data)
        assert not is_good(body, MOST), f"refused: {body[:200]}, {answer.json}"


@settings(max_examples=900, **EXAMPLES)
@given(body=spoiled())
def test_spoiled_requests_are_accepted_if_and_only_if_they_are_right(small, body):
    judged(small, body)


@settings(max_examples=700, **EXAMPLES)
@given(
    body=st.binary(max_size=200)
    | values.map(lambda value: json.dumps(value).encode())
    | st.text(max_size=100).map(str.encode)
)
def test_any_bytes_are_answered(small, body):
    judged(small, body)


tokens = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='"\\'),
    min_size=1,
    max_size=12,
)
paths = st.lists(
    st.sampled_from(
        [
            "v1",
            "models",
            "digits",
            "digits:predict",
            "versions",
            "1",
            "metadata",
            "..",
            "%2e%2e",
            "%00",
            "%ff",
            "",
            "é",
        ]
    )
    | tokens,
    max_size=6,
).map(lambda parts: re.sub("^/+", "/", "/" + "/".join(parts).replace("#", "").replace("?", "")))
odd_headers = st.dictionaries(
    st.sampled_from(
        [
            "Content-Type",
            "Content-Encoding",
            "Accept",
            "Host",
            "Cookie",
            "X-Forwarded-For",
            "Range",
            "If-None-Match",
            "Authorization",
            "Expect",
        ]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30),
    max_size=3,
)


@settings(max_examples=600, **EXAMPLES)
@given(
    method=st.sampled_from(
        ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "FOO"]
    ),
    path=paths,
    headers=odd_headers,
    body=st.binary(max_size=50),
)
def test_any_method_path_and_header_is_answered(client, method, path, headers, body):
    answer = client.open(path, method=method, data=body, headers=headers)
    if answer.status_code >= 400 and method != "HEAD":
        is_clear_error(answer.status_code, answer.headers, answer.data)
    assert answer.status_code < 500


# ------------------------------------------------------------------------------- over a real socket


def raw(address, *pieces: bytes, pause=0.0) -> tuple[int, dict, bytes]:
    """Send bytes as they are; status, headers and body of the answer."""
    with socket.create_connection(address, timeout=20) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.headers, answer.read()


@pytest.mark.parametrize(
    "request_bytes, status",
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / x HTTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", 400),
        (b"POST %s HTTP/1.1\r\nContent-Length: many\r\n\r\n" % PREDICT.encode(), 400),
        (b"POST %s HTTP/1.1\r\nContent-Length: -1\r\n\r\n" % PREDICT.encode(), 400),
        (b"GET /healthz HTTP/1.1\r\nbad header\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000 + b"\r\n\r\n", 431),
        (
            (
                b"POST %s HTTP/1.1\r\nContent-Type: application/json\r\n"
                b"Content-Length: 99999999999\r\n\r\n"
            )
            % PREDICT.encode(),
            413,
        ),
        (
            (
                b"POST %s HTTP/1.1\r\nContent-Type: application/json\r\n"
                b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"
            )
            % PREDICT.encode(),
            400,
        ),
    ],
)
def test_broken_http_gets_a_json_error_too(address, request_bytes, status):
    found, headers, body = raw(address, request_bytes)
    is_clear_error(found, headers, body)
    assert found == status and "Server" not in headers


def test_body_in_pieces_chunked_and_pipelined(address):
    body = json.dumps({"instances": ONE}).encode()
    head = (
        f"POST {PREDICT} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n".encode()
    )
    third = len(body) // 3
    pieces = [body[:third], body[third : 2 * third], body[2 * third :]]
    for sent in (
        (head + f"Content-Length: {len(body)}\r\n\r\n".encode(), *pieces),
        (
            head + b"Transfer-Encoding: chunked\r\n\r\n",
            *(f"{len(p):x}\r\n".encode() + p + b"\r\n" for p in pieces),
            b"0\r\n\r\n",
        ),
    ):
        status, _, answer = raw(address, *sent, pause=0.02)
        assert status == 200 and np.allclose(
            json.loads(answer)["predictions"], expected(images(1)), atol=1e-6
        )
    status, _, answer = raw(address, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2)
    assert status == 200 and json.loads(answer) == {"status": "alive"}


def test_a_client_that_leaves_does_no_harm(address, service):
    body = json.dumps({"instances": ONE}).encode()
    head = (
        f"POST {PREDICT} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    for part in (head[:30], head + body[:100], head + body):
        with socket.create_connection(address, timeout=5) as connection:
            connection.sendall(part)
    deadline = time.monotonic() + 5
    while service.in_flight and time.monotonic() < deadline:
        time.sleep(0.01)
    assert service.in_flight == 0
    assert raw(address, head + body)[0] == 200


# ----------------------------------------------------------------------------------------- batching


class Recorder:
    """A model for the batcher: each row's answer is the row's first number; remembers the batches,
    may be held up."""

    def __init__(self, hold=False):
        self.batches, self.open, self.began = [], threading.Event(), threading.Event()
        if not hold:
            self.open.set()

    def __call__(self, array):
        self.began.set()
        assert self.open.wait(10)
        self.batches.append(len(array))
        if (array < 0).any():
            raise RuntimeError("a negative number")
        return array[:, :1].copy()


def rows(*numbers):
    return np.array(numbers, dtype="float32")[:, None]


def test_waiting_requests_share_a_call_and_get_their_own_rows():
    model = Recorder(hold=True)
    one = batcher.Batcher(model, batch_size=8, wait=0.0)
    first = one.submit(rows(0))
    assert model.began.wait(5)  # the thread is busy: what comes now has to wait
    sizes = [3, 4, 2, 5, 1]
    others = [one.submit(rows(*range(10 * k, 10 * k + size))) for k, size in enumerate(sizes)]
    model.open.set()
    assert [future.result(5).ravel().tolist() for future in others] == [
        list(range(10 * k, 10 * k + size)) for k, size in enumerate(sizes)
    ]
    assert first.result(5).tolist() == [[0]]
    assert model.batches == [1, 7, 8]  # the oldest first, never more than eight
    one.close()


def test_a_request_that_fails_does_not_spoil_its_batch():
    model = Recorder(hold=True)
    one = batcher.Batcher(model, batch_size=8, wait=0.0)
    one.submit(rows(0))
    model.began.wait(5)
    good, bad, last = one.submit(rows(1, 2)), one.submit(rows(-1)), one.submit(rows(3))
    model.open.set()
    assert good.result(5).ravel().tolist() == [1, 2] and last.result(5).tolist() == [[3]]
    with pytest.raises(RuntimeError):
        bad.result(5)
    one.close()


def test_a_batch_stays_open_only_while_somebody_is_coming():
    model = Recorder()
    one = batcher.Batcher(model, batch_size=8, wait=60.0)
    assert one.submit(rows(1)).result(5).tolist() == [
        [1]
    ]  # nobody is coming: at once, not after a minute
    with one.expected():
        early = one.submit(rows(2))
        time.sleep(0.1)
        assert not early.done()
        with one.expected():
            late = one.submit(rows(3))
    assert (
        early.result(5).tolist() == [[2]]
        and late.result(5).tolist() == [[3]]
        and model.batches == [1, 2]
    )
    with one.expected():  # a full batch does not wait either
        assert one.submit(rows(*range(8))).result(5).shape == (8, 1)
    short = batcher.Batcher(model, batch_size=8, wait=0.05)
    with short.expected():  # and none longer than `wait`
        assert short.submit(rows(4)).result(5).tolist() == [[4]]
    one.close(), short.close()


def test_a_closed_batcher_answers_what_it_has_and_takes_nothing_more():
    model = Recorder(hold=True)
    one = batcher.Batcher(model, batch_size=1, wait=0.0)
    futures = [one.submit(rows(k)) for k in range(5)]
    one.close()
    assert one.submit(rows(9)) is None
    model.open.set()
    assert [float(future.result(5)[0, 0]) for future in futures] == [0, 1, 2, 3, 4]
    one.thread.join(5)
    assert not one.thread.is_alive()


# ------------------------------------------------------------------------- overload, many, stopping


@pytest.fixture
def slow(models):
    """A service whose model waits until it may go on; room for four requests."""
    service = predictor.Service(models, batch_size=2, queue=4, poll=None)
    function, service.gate = service.versions.default.model.function, threading.Event()
    service.versions.default.model.function = lambda array: (
        service.gate.wait(20) and function(array)
    )
    yield service
    service.gate.set()
    service.close()


def ask(address, body, path=PREDICT):
    connection = http.client.HTTPConnection(*address, timeout=30)
    try:
        connection.request("POST", path, body, JSON)
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), json.loads(answer.read())
    finally:
        connection.close()


def wait_until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def test_overload_gets_503_with_retry_after_and_the_rest_is_answered(slow):
    server = connections.Server(slow).start()
    address = "127.0.0.1", server.port
    batches = [images(1, seed) for seed in range(4)]
    with ThreadPoolExecutor(8) as pool:
        accepted = [
            pool.submit(ask, address, json.dumps({"instances": x.tolist()})) for x in batches
        ]
        wait_until(lambda: slow.in_flight == 4)
        for _ in range(3):
            status, headers, data = ask(address, json.dumps({"instances": ONE}))
            assert (
                status == 503
                and int(headers["Retry-After"]) >= 1
                and "too much to do" in data["error"]
            )
        connection = http.client.HTTPConnection(*address, timeout=5)
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200  # alive, and says so, while it is full
        connection.close()
        slow.gate.set()
        for x, future in zip(batches, accepted, strict=True):
            status, _, data = future.result()
            assert status == 200 and np.allclose(data["predictions"], expected(x), atol=1e-6)
    assert slow.in_flight == 0 and ask(address, json.dumps({"instances": ONE}))[0] == 200
    server.stop()


def test_stop_answers_what_is_in_flight(slow):
    server = connections.Server(slow).start()
    address = "127.0.0.1", server.port
    with ThreadPoolExecutor(4) as pool:
        accepted = [
            pool.submit(ask, address, json.dumps({"instances": images(1, seed).tolist()}))
            for seed in range(3)
        ]
        wait_until(lambda: slow.in_flight == 3)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        wait_until(lambda: slow.stopping)
        status, headers, data = ask(address, json.dumps({"instances": ONE}))
        assert status == 503 and "stopping" in data["error"] and headers["Retry-After"]
        connection = http.client.HTTPConnection(*address, timeout=5)
        connection.request("GET", "/readyz")
        assert connection.getresponse().status == 503
        connection.close()
        assert stopping.is_alive()
        slow.gate.set()
        stopping.join(10)
        assert not stopping.is_alive()
        for seed, future in enumerate(accepted):
            status, _, data = future.result()
            assert status == 200 and np.allclose(
                data["predictions"], expected(images(1, seed)), atol=1e-6
            )
    with pytest.raises(ConnectionError):
        ask(address, json.dumps({"instances": ONE}))


def memory() -> float:
    """Resident memory of this process in MB; 0 where it cannot be read."""
    try:
        with open("/proc/self/status") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) / 1024
    except OSError:
        return 0.0


def mixed(address, count: int) -> tuple[set[int], list]:
    """The statuses of good and bad requests from 16 clients at once, `count` from each, and the
    answers that were wrong."""
    batches = [images(1 + seed % 3, seed) for seed in range(50)]
    good = [(json.dumps({"instances": x.tolist()}).encode(), expected(x)) for x in batches]
    bad = [
        body if isinstance(body, bytes) else json.dumps(body).encode()
        for body, _ in BAD_BODIES
        if len(body) < 10_000
    ]
    statuses, wrong = set(), []

    def work(worker):
        rng, connection = (
            np.random.default_rng(worker),
            http.client.HTTPConnection(*address, timeout=30),
        )
        for _ in range(count):
            if rng.random() < 0.6:
                body, right = good[rng.integers(len(good))]
            else:
                body, right = bad[rng.integers(len(bad))], None
            connection.request("POST", PREDICT, body, JSON)
            answer = connection.getresponse()
            data = json.loads(answer.read())
            statuses.add(answer.status)
            if (
                right is not None
                and not (
                    answer.status == 200 and np.allclose(data["predictions"], right, atol=1e-6)
                )
            ) or (right is None and answer.status != 400):
                wrong.append((answer.status, data))
        connection.close()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    return statuses, wrong


def kept_bytes() -> int:
    """What Python's objects take, in bytes, as far as they were made since tracemalloc was
    started.
    """
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def test_mixed_requests_at_once_get_their_own_answers_and_leave_nothing_behind(service, address):
    """No 500, each answer is that of its own images, and no object stays for each request: 100
    bytes would be seen.

    A tensor or an array that stayed would be an object of Python's, too. What a memory allocator
    keeps is not counted.
    """
    tracemalloc.start()
    try:
        mixed(address, 30)  # connections, metrics, caches
        before = kept_bytes()
        statuses, wrong = mixed(address, 95)
        grown = (kept_bytes() - before) / (16 * 95)
        assert not wrong and statuses == {200, 400}, wrong[:3]
        assert grown < 100, f"{grown:.0f} bytes stay for each request"
        kept, predict = [], service.predict  # a planted leak is found: a small array
        service.predict = lambda *arguments, **options: (
            kept.append(np.zeros(64)) or predict(*arguments, **options)
        )
        before = kept_bytes()
        mixed(address, 15)
        assert kept and (kept_bytes() - before) / (16 * 15) > 100
    finally:
        vars(service).pop("predict", None)
        tracemalloc.stop()


# ------------------------------------------------------------------------------------- new versions


def look(service, times=2):
    """As the watcher does: a new folder is taken when it has not changed between two looks."""
    for _ in range(times):
        service.versions.scan()
    return service.versions.default.version


def test_new_version_is_taken_when_it_is_complete(models, exported):
    service = predictor.Service(models, poll=None)
    client = app.create_app(service).test_client()
    old = service.versions.default.batcher
    (models / "2").mkdir()
    assert look(service) == 1 and client.get("/v1/models/digits/versions/2").status_code == 404
    shutil.copytree(exported / "2" / "variables", models / "2" / "variables")
    assert look(service) == 1
    shutil.copy(exported / "2" / "saved_model.pb", models / "2")
    assert look(service, 1) == 1 and look(service, 1) == 2  # seen first, then unchanged: taken
    assert look(service, 3) == 2  # and kept
    old.thread.join(5)
    assert not old.thread.is_alive()  # the old version's thread has ended
    answer = post(client, {"instances": images(2).tolist()})
    assert np.allclose(answer.json["predictions"], expected(images(2), 2), atol=1e-6)
    assert (
        post(client, {"instances": ONE}, "/v1/models/digits/versions/1:predict").status_code == 404
    )
    assert (
        post(client, {"instances": ONE}, "/v1/models/digits/versions/2:predict").status_code == 200
    )
    shutil.rmtree(models / "2")  # the way back: delete the new version
    assert look(service) == 1
    shutil.rmtree(models / "1")  # nothing left: what is loaded goes on
    assert look(service) == 1 and post(client, {"instances": ONE}).status_code == 200
    service.close()


def test_old_versions_leave_memory_and_the_collector_leaves_the_new_one_alone(models):
    """A full garbage collection stops the whole process: what is loaded is frozen, and thawed when
    the next version comes."""
    service = predictor.Service(models, poll=None)
    first = weakref.ref(service.versions.default.model)
    for _ in range(2):
        old = service.versions.default.batcher
        service.versions.serve(Model(models / "1", service.batch_size))
        old.thread.join(5)
    assert first() is None
    assert not any(
        one is service.versions.default.model for one in gc.get_objects()
    )  # frozen: the collector does not see it
    gc.unfreeze()
    assert any(one is service.versions.default.model for one in gc.get_objects())
    service.close()


def cut_variables(folder):
    path = next((folder / "variables").glob("variables.data*"))
    path.write_bytes(path.read_bytes()[:-100])


BROKEN = {
    "cut variables": cut_variables,
    "no variables": lambda folder: shutil.rmtree(folder / "variables"),
    "cut graph": lambda folder: (folder / "saved_model.pb").write_bytes(
        (folder / "saved_model.pb").read_bytes()[:500]
    ),
    "empty graph": lambda folder: (folder / "saved_model.pb").write_bytes(b""),
    "another program": lambda folder: (folder / "saved_model.pb").write_text("hello"),
    "NaN weights": lambda folder: (
        shutil.rmtree(folder),
        export(folder.parent, int(folder.name), scale=np.nan),
    ),
    "two inputs": lambda folder: (
        shutil.rmtree(folder),
        export(folder.parent, int(folder.name), inputs=2),
    ),
    "other signature": lambda folder: (
        shutil.rmtree(folder),
        export(folder.parent, int(folder.name), name="train"),
    ),
    "free size": lambda folder: (
        shutil.rmtree(folder),
        export(folder.parent, int(folder.name), shape=(28, None)),
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_broken_version_is_refused_and_the_old_one_goes_on(models, exported, fault):
    service = predictor.Service(models, poll=None)
    client = app.create_app(service).test_client()
    shutil.copytree(exported / "2", models / "2")
    BROKEN[fault](models / "2")
    assert look(service, 3) == 1
    answer = post(client, {"instances": images(2).tolist()})
    assert np.allclose(answer.json["predictions"], expected(images(2)), atol=1e-6)
    second, first = client.get("/v1/models/digits").json["model_version_status"]
    assert (first["version"], first["state"], second["version"], second["state"]) == (
        "1",
        "AVAILABLE",
        "2",
        "END",
    )
    sentence = second["status"]["error_message"]
    assert (
        sentence.endswith(".")
        and second["status"]["error_code"] != "OK"
        and str(models) not in sentence
        and len(sentence) < 150
    )
    assert "serve_version_failures_total 1.0" in client.get("/metrics").get_data(
        as_text=True
    )  # tried once, not at each look
    shutil.rmtree(models / "2")
    shutil.copytree(exported / "2", models / "2")  # mended: its files changed, so it is tried again
    assert look(service) == 2
    service.close()


def test_other_names_in_the_folder_are_no_versions(models, exported):
    for name in ("02", "-3", "v4", "5.tmp", "６"):
        shutil.copytree(exported / "2", models / name)
    (models / "7").write_text("a file")
    service = predictor.Service(models, poll=None)
    assert look(service) == 1 and not service.versions.failed
    service.close()


def test_version_swap_under_load_loses_nothing(models, exported):
    service = predictor.Service(models, poll=0.05)
    server = connections.Server(service).start()
    address, x = ("127.0.0.1", server.port), images(1)
    body, done, answers = json.dumps({"instances": x.tolist()}), threading.Event(), []

    def work(_):
        while not done.is_set():
            status, _, data = ask(address, body)
            answers.append(
                (
                    status,
                    [
                        version
                        for version in (1, 2)
                        if status == 200
                        and np.allclose(data["predictions"], expected(x, version), atol=1e-6)
                    ],
                )
            )

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(work, k) for k in range(8)]
        wait_until(lambda: len(answers) > 50)
        shutil.copytree(exported / "2", models / "tmp")
        (models / "tmp").rename(models / "2")
        wait_until(lambda: service.versions.default.version == 2)
        many = len(answers)
        wait_until(lambda: len(answers) > many + 50)
        done.set()
        [future.result() for future in futures]
    assert {status for status, _ in answers} == {200}
    assert {version for _, used in answers for version in used} == {1, 2} and all(
        len(used) == 1 for _, used in answers
    )
    server.stop()


# --------------------------------------------------------------------------------- the command line


def run(*options, **more):
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, options)],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        env={**os.environ, "PYTHONUTF8": "1"},
        **more,
    )


def test_help_explains_every_option():
    text = run("--help").stdout
    for option in (
        "--host",
        "--port",
        "--models",
        "--batch-size",
        "--wait",
        "--queue",
        "--body-limit",
        "--poll",
    ):
        assert option in text
    assert "503" in text and "milliseconds" in text


def test_without_a_model_one_sentence_names_the_notebook(tmp_path):
    answer = run("--models", tmp_path / "digits")
    assert (
        answer.returncode == 2
        and "deployment.ipynb" in answer.stderr
        and len(answer.stderr.splitlines()) == 1
    )


@pytest.fixture
def program(monkeypatch, capsys):
    """A function: what the program says when it is started with these options and ends at once; in
    this process, so without TensorFlow's import.

    Returns its exit status and what it wrote on standard error.
    """
    monkeypatch.setattr(sys, "path", [str(SCRIPT.parent), *sys.path])
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "2")
    import serve

    made = []
    monkeypatch.setattr(
        serve, "Service", lambda *arguments: made.append(predictor.Service(*arguments)) or made[-1]
    )
    monkeypatch.setattr(serve, "set_up_logs", lambda form: None)
    monkeypatch.setattr(serve.signal, "signal", lambda *_: None)

    def start(*options):
        try:
            status = serve.main(list(map(str, options)))
        except SystemExit as end:
            status = end.code
        return status, capsys.readouterr().err

    yield start
    for service in made:
        service.close()


@pytest.mark.parametrize(
    "options, words",
    [
        (["--port", "70000"], "65535"),
        (["--queue", "0"], "above zero"),
        (["--wait", "nan"], "zero or more"),
        (["--batch-size", "many"], "whole number"),
        (["--body-limit", "-5"], "above zero"),
    ],
)
def test_bad_option_is_refused(program, options, words):
    status, said = program(*options)
    assert status == 2 and words in said and "Traceback" not in said


def test_bad_option_of_the_program_itself_is_refused():
    answer = run("--port", "70000")
    assert answer.returncode == 2 and "65535" in answer.stderr and "Traceback" not in answer.stderr


def test_broken_model_and_port_in_use_are_one_sentence(program, models):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        status, said = program("--models", models, "--port", taken.getsockname()[1])
    assert (
        status == 2
        and "Choose another with --host and --port" in said
        and len(said.splitlines()) == 1
    )
    cut_variables(models / "1")
    status, said = program("--models", models)
    assert status == 2 and "can be served" in said and len(said.splitlines()) == 1


@pytest.mark.skipif(
    sys.platform == "win32", reason="not on Windows: there is no SIGTERM to send to another process"
)
def test_started_asked_and_stopped_by_a_signal(models):
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), "--models", str(models), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        line = process.stdout.readline()
        port = int(re.search(r"http://127\.0\.0\.1:(\d+)/", line)[1])
        assert "digits" in line and "version 1" in line
        address, statuses = ("127.0.0.1", port), []

        def work(seed):
            """Ask until the port is closed, half of the clients on one connection. An answer that
            is cut short raises IncompleteRead."""
            x, connection = images(1, seed), None
            while True:
                try:
                    connection = (
                        connection
                        if connection and seed % 2
                        else http.client.HTTPConnection(*address, timeout=30)
                    )
                    connection.request("POST", PREDICT, json.dumps({"instances": x.tolist()}), JSON)
                    answer = connection.getresponse()
                except (
                    ConnectionError,
                    http.client.RemoteDisconnected,
                    http.client.CannotSendRequest,
                ):
                    return
                data = json.loads(answer.read())
                assert answer.status == 503 or np.allclose(
                    data["predictions"], expected(x), atol=1e-6
                )
                statuses.append(answer.status)

        with ThreadPoolExecutor(8) as pool:
            futures = [pool.submit(work, seed) for seed in range(8)]
            wait_until(lambda: statuses.count(200) > 40)
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            [future.result() for future in futures]
        assert set(statuses) <= {200, 503}
    finally:
        process.kill()
        process.communicate()
