"""Day 15: what the service withstands. Models that hang, crash or lie, callers without bandwidth,
other names, several addresses.

Each test failed on the first edition's service. Times are shortened by setting the constants of the
modules.
"""

import http.client
import json
import logging
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from lessons import ROOT
from service import app, batcher, checks, predictor, seen, versions
from service import server as connections
from test_serve import (
    JSON,
    ONE,
    PREDICT,
    SCRIPT,
    Recorder,
    ask,
    expected,
    export,
    exported,
    images,
    is_clear_error,
    look,
    models,
    post,
    program,
    raw,
    rows,
    run,
    wait_until,
)


@pytest.fixture
def opened(models):
    """A function: a service and its server on a free port, with these options; all are closed in
    the end."""
    made = []

    def build(host="127.0.0.1", hosts=("localhost",), **options):
        service = predictor.Service(models, **{"poll": None, **options})
        server = connections.Server(service, host, hosts=hosts).start()
        made.append((service, server))
        return service, server, ("127.0.0.1", server.port)

    yield build
    for service, server in made:
        server.close()
        service.close()


def get(address, path, **headers):
    connection = http.client.HTTPConnection(*address, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, json.loads(answer.read())
    finally:
        connection.close()


BODY = json.dumps({"instances": ONE}).encode()


LENGTH = len(BODY)


def head(length=LENGTH, **headers):
    lines = {
        "Host": "localhost",
        "Content-Type": "application/json",
        "Content-Length": length,
        **headers,
    }
    return (
        f"POST {PREDICT} HTTP/1.1\r\n".encode()
        + "".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode()
        + b"\r\n"
    )


# ---------------------------------------------------------------------------- models that misbehave


def export_other(folder, version, kind):
    """A version whose graph loads and then misbehaves."""
    import tensorflow as tf

    def asserts(image):
        with tf.control_dependencies(
            [tf.debugging.assert_greater(tf.reduce_max(image), 0.0, "needs ink")]
        ):
            return {"probabilities": tf.reduce_sum(image, axis=[1, 2])[:, None] * tf.ones((1, 10))}

    def scalar(x):
        return {"doubled": (2 * x)[:, None]}

    function, shape = {"asserts": (asserts, (None, 28, 28)), "scalar": (scalar, (None,))}[kind]
    signature = tf.function(
        function, input_signature=[tf.TensorSpec(shape, tf.float32, name="image")]
    )
    tf.saved_model.save(tf.Module(), str(folder / str(version)), {"serving_default": signature})


def test_version_that_raises_when_it_is_tried_out_blocks_no_other(models, exported):
    export_other(models, 2, "asserts")
    service = predictor.Service(models, poll=None)  # at the start, beside a good one
    assert service.versions.default.version == 1
    sentence = service.versions.status("2")[0]["status"]["error_message"]
    assert (
        sentence.startswith("On zeros the model stops with InvalidArgumentError")
        and sentence.endswith(".")
        and str(models) not in sentence
    )
    shutil.copytree(exported / "2", models / "3")  # and a good one that comes later is taken
    assert look(service) == 3
    service.close()


def test_a_fault_of_our_own_while_loading_is_a_reason_too(models, exported, monkeypatch):
    service = predictor.Service(models, poll=None)
    shutil.copytree(exported / "2", models / "2")
    monkeypatch.setattr(
        versions,
        "Model",
        lambda *_: (_ for _ in ()).throw(MemoryError("no room for /secret/place at 0xdeadbeef")),
    )
    assert look(service) == 1
    assert (
        service.versions.status("2")[0]["status"]["error_message"]
        == "Loading stopped with MemoryError (no room for … at …)."
    )
    service.close()


@pytest.mark.parametrize(
    "output",
    [
        lambda x: np.zeros((len(x) - 1, 10)),
        lambda x: np.zeros((len(x) + 1, 10)),
        lambda x: np.zeros((0, 10)),
        lambda x: np.float32(1),
    ],
)
def test_missing_or_extra_rows_shift_nobodys_answer(output):
    model = Recorder(hold=True)
    one = batcher.Batcher(
        lambda array: model(array) if len(array) == 1 and array[0, 0] == 0 else output(array),
        batch_size=8,
        wait=0.0,
    )
    first = one.submit(rows(0))
    assert model.began.wait(5)
    others = [one.submit(rows(1, 2)), one.submit(rows(3))]
    model.open.set()
    assert first.result(5).tolist() == [[0]]
    for future in others:
        with pytest.raises(RuntimeError, match=r"for [12] inputs"):
            future.result(5)
    one.close()


def test_a_fault_of_the_model_is_a_500_with_a_sentence_and_an_id(models, caplog):
    service = predictor.Service(models, poll=None)
    service.versions.default.model.function = lambda array: np.zeros((len(array) - 1, 10))
    answer = post(
        app.create_app(service).test_client(), {"instances": ONE}, **{"X-Request-ID": "abc-1"}
    )
    assert answer.status_code == 500 and answer.json == {
        "error": "The service failed. This is its fault, not the request's."
    }
    assert answer.headers["X-Request-ID"] == "abc-1" and "unexpected error" in caplog.text
    service.close()


def test_numbers_instead_of_images(tmp_path):
    """A model whose input is one number each: the gate lets it through, so each request is answered
    or refused with a sentence."""
    (tmp_path / "numbers").mkdir()
    export_other(tmp_path / "numbers", 1, "scalar")
    service = predictor.Service(tmp_path / "numbers", poll=None)
    client = app.create_app(service).test_client()
    path = "/v1/models/numbers:predict"
    assert post(client, {"instances": [1, 2.5]}, path).json == {"predictions": [[2.0], [5.0]]}
    for body, words in (
        ({"instances": [[1]] * 65}, "instances[0] must be a number, not an array of 1"),
        ({"instances": [1] * 65}, "65 entries, and 64 are allowed"),
        ({"instances": [True]}, "instances[0] must be a number"),
        ({"instances": 3}, "must be an array"),
        ({"instances": [1e39]}, "too large"),
    ):
        answer = post(client, body, path)
        is_clear_error(answer.status_code, answer.headers, answer.data)
        assert answer.status_code == 400 and words in answer.json["error"]
    service.close()


def test_a_model_that_hangs(opened, monkeypatch):
    """The queue stays bounded, abandoned work is not computed, readiness goes and comes back."""
    monkeypatch.setattr(predictor, "PATIENCE", 1.0)
    monkeypatch.setattr(predictor, "STUCK", 0.5)
    service, server, address = opened(queue=4, batch_size=1)
    model, gate, calls = service.versions.default.model, threading.Event(), []
    function = model.function
    model.function = lambda array: calls.append(len(array)) or (gate.wait(30) and function(array))
    with ThreadPoolExecutor(12) as pool:
        for _ in range(3):
            answers = list(pool.map(lambda _: ask(address, BODY), range(12)))
            assert {status for status, _, _ in answers} == {503} and all(
                headers["Retry-After"] for _, headers, _ in answers
            )
            assert len(service.versions.default.batcher.waiting) == 0 and service.in_flight == 0
        assert any("takes too long" in data["error"] for _, _, data in answers) and any(
            "too much to do" in data["error"] for _, _, data in answers
        )
    assert len(calls) == 1  # the one that hangs: nothing else was begun
    status, _, data = get(address, "/readyz")
    assert status == 503 and "hangs" in data["error"] and get(address, "/healthz")[0] == 200
    gate.set()
    wait_until(lambda: get(address, "/readyz")[0] == 200)
    assert len(calls) == 1 and ask(address, BODY)[0] == 200 and len(calls) == 2


def test_deadline_counts_from_the_first_byte(opened, monkeypatch):
    monkeypatch.setattr(predictor, "PATIENCE", 2.0)
    service, server, address = opened()
    gate = threading.Event()
    service.versions.default.model.function = lambda array: (
        gate.wait(20) and np.zeros((len(array), 10))
    )
    start = time.monotonic()
    status, _, body = raw(
        address, head(), BODY[:100], BODY[100:], pause=0.6
    )  # 1.8 s of sending, then a wait
    assert status == 503 and time.monotonic() - start < 2.0 + 0.6 + 0.5
    gate.set()


def test_a_caller_that_leaves_is_not_computed_for(opened):
    service, server, address = opened(batch_size=1)
    model, gate, calls = service.versions.default.model, threading.Event(), []
    function = model.function
    model.function = lambda array: calls.append(1) or (gate.wait(20) and function(array))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, address, BODY)
        wait_until(lambda: calls)
        with socket.create_connection(address) as connection:
            connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )  # its close breaks off
            connection.sendall(head() + BODY)
            wait_until(lambda: service.in_flight == 2)
        wait_until(lambda: service.in_flight == 1, 3.0)
        gate.set()
        assert first.result()[0] == 200 and len(calls) == 1


def test_a_caller_that_closes_its_sending_half_gets_its_answer(opened):
    service, server, address = opened()
    for _ in range(20):
        with socket.create_connection(address, timeout=10) as connection:
            connection.sendall(head() + BODY)
            connection.shutdown(socket.SHUT_WR)
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            assert answer.status == 200 and np.allclose(
                json.loads(answer.read())["predictions"], expected(ONE), atol=1e-6
            )


def test_a_dead_batcher_is_noticed(opened, caplog):
    service, server, address = opened()
    assert get(address, "/healthz")[0] == get(address, "/readyz")[0] == 200

    def leave(array):
        raise SystemExit("the model leaves")

    service.versions.default.model.function = leave
    status, headers, data = ask(address, BODY)
    assert status == 503 and "must be started again" in data["error"]
    for path in ("/healthz", "/readyz"):
        assert get(address, path)[0] == 503
    assert ask(address, BODY)[0] == 503 and not get(address, "/v1/models/digits")[2]["ready"]
    assert any(
        record.levelno == logging.CRITICAL and "has ended" in record.message
        for record in caplog.records
    )


def test_a_dead_server_ends_the_program(models, monkeypatch):
    import serve

    monkeypatch.setattr(connections.wasyncore, "loop", lambda **_: (time.sleep(0.2), 1 / 0))
    monkeypatch.setattr(serve.signal, "signal", lambda *_: None)
    assert serve.main(["--models", str(models), "--port", "0"]) == 1


def test_no_version_loaded_and_a_look_that_fails(models, exported, monkeypatch, caplog):
    (models / "1").rename(models / "new")
    service = predictor.Service(models, poll=0.05)
    client = app.create_app(service).test_client()
    for answer in (
        client.get("/readyz"),
        post(client, {"instances": ONE}),
        client.get("/v1/models/digits/metadata"),
    ):
        assert (
            answer.status_code == 503
            and "No version of the model is loaded yet" in answer.json["error"]
            and answer.headers["Retry-After"]
        )
    assert (
        client.get("/v1/models/digits").status_code == 404
        and client.get("/healthz").status_code == 200
    )
    present, failing = service.versions.present, threading.Event()
    monkeypatch.setattr(
        service.versions,
        "present",
        lambda: (
            present() if not failing.is_set() else (_ for _ in ()).throw(OSError("a full disk"))
        ),
    )
    failing.set()
    wait_until(lambda: "looking for new versions failed" in caplog.text)
    failing.clear()
    (models / "new").rename(models / "1")
    wait_until(lambda: client.get("/readyz").status_code == 200)
    service.close()


# ------------------------------------------------------------------------ callers without bandwidth


def open_many(address, count, sent):
    found = []
    for _ in range(count):
        one = socket.create_connection(address, timeout=10)
        one.sendall(sent)
        found.append(one)
    return found


def ready_time(address) -> float:
    start = time.monotonic()
    assert get(address, "/readyz")[0] == 200
    return time.monotonic() - start


def test_four_hundred_half_sent_requests_hold_nobody_up(opened):
    service, server, address = opened()
    half = open_many(address, 400, head()[:60])
    try:
        assert max(ready_time(address) for _ in range(5)) < 1.0
        answer = ask(address, BODY)
        assert answer[0] == 200, answer
        assert len(server.listeners[0].connections()) <= server.listeners[0].places + 1
    finally:
        for one in half:
            one.close()


def test_a_request_that_is_not_complete_in_time_gets_408(opened, monkeypatch):
    """A byte now and then does not help: the whole request counts."""
    monkeypatch.setattr(connections, "READING", 1.0)
    service, server, address = opened()
    start = time.monotonic()
    with socket.create_connection(address, timeout=10) as one:
        one.sendall(head())
        for k in range(30):
            one.sendall(BODY[k : k + 1])
            time.sleep(0.1)
            if time.monotonic() - start > 3.5:
                break
        answer = http.client.HTTPResponse(one)
        answer.begin()
        body = answer.read()
    is_clear_error(answer.status, answer.headers, body)
    assert answer.status == 408 and "not complete" in json.loads(body)["error"]
    assert (
        'serve_dropped_connections_total{reason="Request Timeout"} 1.0'
        in service.metrics.text().decode()
    )


def memory() -> float:
    with open("/proc/self/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) / 1024


def open_files() -> set[str]:
    return {str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.exists()}


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: looks into /proc")
def test_unfinished_large_bodies_take_no_files_and_little_memory(opened, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    service, server, address = opened(queue=4)
    before, files = memory(), open_files()
    big = open_many(
        address, 20, head(8_000_000)
    )  # more than is allowed: refused at once, by the header alone
    large = open_many(address, 20, head(service.limit) + b" " * 1_000_000)
    large += open_many(
        address,
        20,
        head(service.limit)
        .replace(b"Content-Length", b"X-Length")
        .replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n")
        + b" " * 900_000,
    )
    time.sleep(1.0)
    assert max(ready_time(address) for _ in range(3)) < 1.0 and ask(address, BODY)[0] == 200
    now = open_files()
    assert not [
        name for name in now - files if not name.startswith(("socket:", "pipe:", "anon_inode:"))
    ] and not list((tmp_path / "tmp").iterdir())
    reading = sum(
        channel.request.size()
        for channel in server.listeners[0].connections()
        if channel.request is not None
    )
    assert reading <= service.queue * service.limit and memory() - before < 60
    answer = http.client.HTTPResponse(big[0])
    answer.begin()
    assert answer.status == 413
    for one in big + large:
        one.close()


def test_a_body_that_is_too_large_is_answered_before_the_connection_ends(opened):
    """The caller sends all of it before it reads: the answer is there all the same, not a reset."""
    service, server, address = opened(limit=100_000)
    for _ in range(10):
        status, _, data = ask(address, b" " * 3_000_000)
        assert status == 413 and "100,000 bytes" in data["error"]
    assert ask(address, BODY + b" " * (100_000 - len(BODY)))[0] == 200


def test_cheap_large_bodies_do_not_take_the_interpreter(opened):
    """Two megabytes of [],[],… took 250 ms of it; now they are refused by counting."""
    service, server, address = opened(limit=2_000_000)
    body = b'{"instances": [' + b"[]," * 660_000 + b"[]]}"
    start = time.perf_counter()
    with pytest.raises(checks.Refused, match="many more entries than 64 of the shape"):
        checks.read_request(body, (28, 28), "image", 64)
    assert time.perf_counter() - start < 0.05
    with ThreadPoolExecutor(16) as pool:
        answers = [pool.submit(ask, address, body) for _ in range(64)]
        slowest = max(ready_time(address) for _ in range(10))
        assert {answer.result()[0] for answer in answers} <= {400, 503} and slowest < 1.0
    for more in (
        b"{" * 500_000,
        b'{"a":' * 100_000,
        b"1," * 500_000,
        b'{"instances": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    ):
        with pytest.raises(checks.Refused):
            checks.read_request(more, (28, 28), "image", 64)


def test_body_limit_is_what_the_input_needs(opened):
    service, server, address = opened()
    assert service.limit == 10_000 + 32 * 64 * 784
    longest = json.dumps({"instances": np.full((64, 28, 28), -1.2345678901234567e-100).tolist()})
    assert len(longest) < service.limit and ask(address, longest)[0] == 200


# ------------------------------------------------------------------------------ names and addresses


@pytest.mark.parametrize(
    "host, trusted",
    [
        ("localhost", True),
        ("localhost:8501", True),
        ("127.0.0.1:8501", True),
        ("[::1]:8501", True),
        ("::1", True),
        ("10.1.2.3", True),
        ("LOCALHOST.", True),
        ("", True),
        ("evil.example", False),
        ("evil.example:8501", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("digits.intranet", True),
    ],
)
def test_only_the_services_own_names_are_answered(models, host, trusted):
    service = predictor.Service(models, poll=None)
    client = app.create_app(service, ("localhost", "digits.intranet")).test_client()
    answer = client.get("/readyz", headers={"Host": host})
    assert answer.status_code == (200 if trusted else 421)
    if not trusted:
        is_clear_error(answer.status_code, answer.headers, answer.data)
    assert (
        app.create_app(service, ("*",)).test_client().get("/", headers={"Host": host}).status_code
        == 200
    )
    service.close()


def test_all_addresses_of_a_name_are_listened_on(opened, monkeypatch):
    found = socket.getaddrinfo

    def two(host, port, *arguments, **options):
        return (
            [
                entry
                for address in ("127.0.0.1", "127.0.0.2")
                for entry in found(address, port, *arguments, **options)
            ]
            if host == "localhost"
            else found(host, port, *arguments, **options)
        )

    monkeypatch.setattr(socket, "getaddrinfo", two)
    service, server, _ = opened("localhost")
    assert [host for host, _ in server.addresses] == ["127.0.0.1", "127.0.0.2"] and len(
        {port for _, port in server.addresses}
    ) == 1
    for address in server.addresses:
        assert ask(address, BODY)[0] == 200 and get(address, "/readyz")[0] == 200
    half = open_many(
        server.addresses[0], 400, head()[:60]
    )  # the places are those of both addresses together
    assert ready_time(server.addresses[1]) < 1.0
    for one in half:
        one.close()
    server.stop()
    for address in server.addresses:
        with pytest.raises(ConnectionError):
            ask(address, BODY)


def test_an_address_that_this_computer_lacks_is_left_out_if_there_is_another(monkeypatch):
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *_, **__: [
            (socket.AF_INET, 1, 6, "", ("192.0.2.1", 0)),
            (socket.AF_INET, 1, 6, "", ("127.0.0.1", 0)),
        ],
    )
    (one,) = connections.listening_sockets("name", 0)
    assert one.getsockname()[0] == "127.0.0.1"
    one.close()


@pytest.mark.parametrize(
    "error", [socket.gaierror(-2, "Name or service not known"), UnicodeError("label too long")]
)
def test_host_that_is_none_is_one_sentence(error, monkeypatch):
    def nothing(*_, **__):
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", nothing)
    with pytest.raises(OSError, match="'\\*' is not a name or an address of this computer"):
        connections.listening_sockets("*", 8501)


# ----------------------------------------------------------------------------------------- versions


def test_pinned_versions_and_labels(models, exported):
    shutil.copytree(exported / "2", models / "2")
    shutil.copytree(exported / "2", models / "3")
    service = predictor.Service(
        models, poll=None, pinned=(1, 2), labels={"stable": 1, "canary": 2, "old": 7}
    )
    client = app.create_app(service).test_client()
    assert service.versions.default.version == 2 and look(service) == 2
    x = images(2)
    for place, version in (
        ("", 2),
        ("/versions/1", 1),
        ("/versions/2", 2),
        ("/labels/stable", 1),
        ("/labels/canary", 2),
    ):
        answer = post(client, {"instances": x.tolist()}, f"/v1/models/digits{place}:predict")
        assert np.allclose(answer.json["predictions"], expected(x, version), atol=1e-6), place
        assert client.get(f"/v1/models/digits{place}/metadata").json["model_spec"][
            "version"
        ] == str(version)
    assert (
        post(client, {"instances": ONE}, "/v1/models/digits/versions/3:predict").json["error"]
        == "Version 3 of digits is not served. Version 1 and 2 is."
    )
    assert (
        "Version 7 of digits is not served"
        in post(client, {"instances": ONE}, "/v1/models/digits/labels/old:predict").json["error"]
    )
    assert (
        "The labels are: stable, canary, old."
        in client.get("/v1/models/digits/labels/none").json["error"]
    )
    status = client.get("/v1/models/digits/labels/stable").json
    assert [row["version"] for row in status["model_version_status"]] == ["1"] and status[
        "labels"
    ] == {"stable": 1, "canary": 2, "old": 7}
    shutil.rmtree(models / "2")  # a pinned one goes: the other goes on
    assert look(service) == 1
    service.close()


def test_a_labeled_version_is_kept_beside_the_newest(models, exported):
    service = predictor.Service(models, poll=None, labels={"stable": 1})
    shutil.copytree(exported / "2", models / "2")
    assert look(service) == 2 and sorted(service.versions.served) == [1, 2]
    shutil.copytree(exported / "2", models / "3")
    assert look(service) == 3 and sorted(service.versions.served) == [1, 3]
    client, x = app.create_app(service).test_client(), images(2)
    for place, version in (("", 2), ("/labels/stable", 1)):
        answer = post(client, {"instances": x.tolist()}, f"/v1/models/digits{place}:predict")
        assert np.allclose(answer.json["predictions"], expected(x, version), atol=1e-6), place
    service.close()


def test_a_refused_version_is_tried_again_when_its_files_change_and_not_before(
    models, exported, monkeypatch
):
    service, tried, real = predictor.Service(models, poll=None), [], versions.Model
    monkeypatch.setattr(
        versions,
        "Model",
        lambda folder, batch_size: tried.append(folder.name) or real(folder, batch_size),
    )
    export_other(models, 2, "asserts")
    assert look(service) == look(service) == 1 and tried == ["2"]
    shutil.rmtree(models / "2")
    shutil.copytree(exported / "2", models / "2")
    assert (
        look(service) == 2
        and tried == ["2", "2"]
        and [row["state"] for row in service.versions.status()] == ["AVAILABLE"]
    )
    service.close()


def test_going_back_needs_no_deleting(models, exported):
    shutil.copytree(exported / "2", models / "2")
    service = predictor.Service(models, poll=None, pinned=(1,))
    assert look(service) == 1 and (models / "2").exists() and list(service.versions.served) == [1]
    service.close()


@pytest.mark.parametrize(
    "options, words",
    [
        (["--versions", "newest"], "numbers of versions"),
        (["--versions", "1,"], "numbers of versions"),
        (["--label", "stable"], "a name and a version"),
        (["--label", "a b=1"], "a name and a version"),
        (["--log", "xml"], "invalid choice"),
        (["--versions", "1,2", "--label", "old=3"], "old is version 3, which is not among"),
    ],
)
def test_bad_option_of_versions_and_logs_is_refused(program, options, words):
    status, said = program(*options)
    assert status == 2 and words in said and "Traceback" not in said


# -------------------------------------------------------------------------------- seen from outside


def test_request_ids(opened):
    service, server, address = opened()
    assert (
        get(address, "/readyz", **{"X-Request-ID": "trace.42:a-b"})[1]["X-Request-ID"]
        == "trace.42:a-b"
    )
    for bad in ("", "x" * 65, "two words", 'quote"', "é"):
        given = get(address, "/readyz", **{"X-Request-ID": bad.encode().decode("latin-1")})[1][
            "X-Request-ID"
        ]
        assert re.fullmatch(r"[0-9a-f]{16}", given)
    assert len({get(address, "/nope")[1]["X-Request-ID"] for _ in range(5)}) == 5
    assert re.fullmatch(r"[0-9a-f]{16}", raw(address, b"nonsense\r\n\r\n")[1]["X-Request-ID"])


def test_log_lines_are_json_with_the_requests_id(models):
    process = subprocess.Popen(
        [
            sys.executable,
            str(SCRIPT),
            "--models",
            str(models),
            "--port",
            "0",
            "--log",
            "json",
            "--log-requests",
            "--label",
            "stable=1",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    try:
        port = int(re.search(r"http://127\.0\.0\.1:(\d+)/", process.stdout.readline())[1])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request(
            "POST",
            "/v1/models/digits/labels/stable:predict",
            BODY,
            {**JSON, "X-Request-ID": "mine-7"},
        )
        assert connection.getresponse().status == 200
        connection.close()
    finally:
        process.terminate()
        lines = [
            json.loads(line)
            for line in process.communicate(timeout=30)[1].splitlines()
            if line.startswith("{")
        ]
    assert process.returncode == 0
    (line,) = [entry for entry in lines if entry["request_id"] == "mine-7"]
    assert (
        line["status"] == 200
        and line["method"] == "POST"
        and line["route"] == "/v1/models/<name>/labels/<label>:<verb>"
        and line["level"] == "INFO"
    )
    assert all(
        set(entry) >= {"time", "level", "logger", "request_id", "message"} for entry in lines
    )


def test_an_exception_in_a_log_line_stays_one_line():
    record = logging.LogRecord(
        "serve",
        logging.ERROR,
        "file",
        1,
        "it %s",
        ("failed",),
        (ValueError, ValueError("two\nlines"), None),
    )
    entry = json.loads(seen.JsonLines().format(record))
    assert entry["message"] == "it failed" and "ValueError: two\nlines" in entry["exception"]


def test_what_is_used_of_waitress_is_there():
    """Its classes are extended: a new major version is looked at before it is taken."""
    from waitress import adjustments, channel, parser, server, task

    pinned = re.search(r"^waitress==(\d+)\.", (ROOT / "requirements.txt").read_text("utf-8"), re.M)[
        1
    ]
    assert int(pinned) < 4
    for owner, names in (
        (
            channel.HTTPChannel,
            "received handle_read handle_write handle_close readable service requests_lock"
            " total_outbufs_len close_when_flushed will_close",
        ),
        (server.BaseWSGIServer, "maintenance handle_accept accept_connections add_task run"),
        (parser.HTTPRequestParser, "header_bytes_received body_bytes_received completed"),
        (task.ErrorTask, "execute set_close_on_finish write"),
        (task.WSGITask, "get_environment"),
        (task.ThreadedTaskDispatcher, "set_thread_count shutdown"),
    ):
        for name in names.split():
            assert hasattr(owner, name) or name in owner.__init__.__code__.co_names, (
                f"{owner.__name__}.{name}"
            )
    assert adjustments.Adjustments(threads=3).threads == 3


# ---------------------------------------------------------------------------------------- documents


def test_every_option_is_explained_on_the_page():
    page = (ROOT / "day15_deployment" / "SERVICE.md").read_text("utf-8")
    options = set(re.findall(r"^  (--[a-z-]+)", run("--help").stdout, re.M))
    assert len(options) >= 13 and options <= set(re.findall(r"`(--[a-z-]+)", page)), options


def test_container_asks_for_health_and_holds_the_whole_service():
    text = (ROOT / "day15_deployment" / "Dockerfile").read_text("utf-8")
    assert (
        "/healthz" in text.partition("HEALTHCHECK")[2].partition("\n#")[0]
        and "COPY day15_deployment/service service/" in text
    )
    imported = set()
    for path in [SCRIPT, *(SCRIPT.parent / "service").glob("*.py")]:
        imported |= set(re.findall(r"^\s*(?:import|from) (\w+)", path.read_text("utf-8"), re.M))
    needed = {
        name for name in imported if name not in sys.stdlib_module_names and name != "service"
    }
    assert needed == {
        "numpy",
        "tensorflow",
        "flask",
        "waitress",
        "werkzeug",
        "prometheus_client",
    }  # werkzeug comes with flask
    assert "grep -E '^(-c|numpy|tensorflow|flask|waitress|prometheus-client)'" in text


@pytest.mark.skipif(
    not (HADOLINT := Path(sys.executable).with_name("hadolint")).exists(),
    reason="missing lint: python -m pip install -r tests/requirements-lint.txt",
)
def test_dockerfile_has_no_fault_that_a_linter_knows(tmp_path):
    good = (ROOT / "day15_deployment" / "Dockerfile").read_text("utf-8")
    (tmp_path / "Dockerfile").write_text(
        good.replace("--no-cache-dir ", "") + "CMD python serve.py\n", "utf-8"
    )
    for path, codes in (
        (ROOT / "day15_deployment" / "Dockerfile", set()),
        (tmp_path / "Dockerfile", {"DL3042", "DL3025"}),
    ):
        answer = subprocess.run(
            [HADOLINT, "--format", "json", path], stdout=subprocess.PIPE, encoding="utf-8"
        )
        assert {fault["code"] for fault in json.loads(answer.stdout)} == codes


def test_hostile_requests_over_raw_sockets():
    import hostile_serve

    assert hostile_serve.main(["--requests", "1200"]) == 0
