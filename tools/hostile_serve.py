"""Send the service thousands of broken requests over raw sockets, many at a time, and see that none
does it harm.

    python tools/hostile_serve.py --requests 20000

Cut, mixed up and random bytes, wrong lengths, half-closed connections, huge headers, bombs of
brackets, odd methods and hosts. In between, good requests are asked for. Prints the answers by
status; the exit status is 1 if there was a 500, a good request that was not answered rightly, or
memory that grew by more than 100 MB. test_serve_holds.py runs it small.
"""

import argparse
import collections
import json
import socket
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "day15_deployment")]
from service.predictor import Service  # noqa: E402
from service.server import Server  # noqa: E402
from test_serve import PREDICT, expected, export, images, memory  # noqa: E402


def hostile(rng: np.random.Generator, good: bytes) -> list[bytes]:
    """The pieces of one broken request."""
    head, _, body = good.partition(b"\r\n\r\n")
    kind = rng.integers(12)
    if kind == 0:
        return [bytes(rng.integers(0, 256, rng.integers(1, 400)).astype(np.uint8))]
    if kind == 1:
        return [good[: rng.integers(1, len(good))]]
    if kind == 2:
        changed = bytearray(good)
        for place in rng.integers(0, len(good), 5):
            changed[place] = rng.integers(256)
        return [bytes(changed)]
    if kind == 3:
        return [
            head.replace(
                str(len(body)).encode(), str(int(rng.integers(0, 2 * len(body)))).encode()
            ),
            b"\r\n\r\n",
            body,
        ]
    if kind == 4:
        return [b"GET / HTTP/1.1\r\nX: " + b"x" * int(rng.integers(1, 60_000)) + b"\r\n\r\n"]
    if kind == 5:
        bomb = rng.choice([b"[", b"[],", b'{"a":', b"1,"]) * int(rng.integers(1, 60_000))
        return [head.replace(str(len(body)).encode(), str(len(bomb)).encode()), b"\r\n\r\n", bomb]
    if kind == 6:
        method = rng.choice([b"GET", b"PUT", b"TRACE", b"FOO", b"CONNECT", b"OPTIONS"])
        return [
            method
            + b" "
            + rng.choice(
                [
                    b"*",
                    b"/%00",
                    b"//x",
                    b"/v1/models/digits:predict",
                    b"http://x/",
                    b"/" + b"a" * 5000,
                ]
            )
            + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
        ]
    if kind == 7:
        return [
            head.replace(
                b"localhost",
                rng.choice([b"evil.example", b"[::1", b"a b", b"\xff", b"localhost:99999"]),
            )
            + b"\r\n\r\n"
            + body
        ]
    if kind == 8:
        return [good * 3]
    if kind == 9:
        return [
            head + b"\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"5\r\nhello\r\n",
            rng.choice([b"zz\r\n", b"-1\r\n", b"0\r\n\r\n", b"ffffffffff\r\n"]),
        ]
    if kind == 10:
        return [head + b"\r\nContent-Length: 3\r\n\r\n" + body]
    return [b"\r\n" * int(rng.integers(1, 50)) + good[rng.integers(0, 50) :]]


def send(address: tuple[str, int], pieces: list[bytes], rng: np.random.Generator) -> bytes:
    """All bytes that come back within a moment."""
    with socket.create_connection(address, timeout=5) as one:
        try:
            for piece in pieces:
                one.sendall(piece)
            if rng.random() < 0.5:
                one.shutdown(socket.SHUT_WR)
            one.settimeout(0.3)
            found = b""
            while part := one.recv(65_536):
                found += part
        except OSError:
            pass
        return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=20_000)
    count = parser.parse_args(arguments).requests
    with tempfile.TemporaryDirectory() as folder:
        export(Path(folder) / "digits", 1)
        service = Service(Path(folder) / "digits", poll=None)
        server = Server(service).start()
        address, statuses = ("127.0.0.1", server.port), collections.Counter[str]()
        wrong: list[bytes] = []

        def work(worker: int) -> None:
            rng = np.random.default_rng(worker)
            for k in range(count // 24):
                x = images(1, int(rng.integers(1000)))
                body = json.dumps({"instances": x.tolist()}).encode()
                good = (
                    f"POST {PREDICT} HTTP/1.1\r\nHost: localhost\r\n"
                    f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                ).encode() + body
                found = send(address, hostile(rng, good), rng)
                statuses[found[9:12].decode("ascii", "replace") or "closed"] += 1
                if k % 20 == 0:
                    answer = send(
                        address, [good.replace(b"Host:", b"Connection: close\r\nHost:")], rng
                    ).partition(b"\r\n\r\n")[2]
                    try:
                        right = np.allclose(
                            json.loads(answer)["predictions"], expected(x), atol=1e-6
                        )
                    except (ValueError, KeyError):
                        right = b"too much to do" in answer
                    if not right:
                        wrong.append(answer[:200])

        export_time, before = time.monotonic(), memory()
        with ThreadPoolExecutor(24) as pool:
            list(pool.map(work, range(24)))
        grown, alive = memory() - before, server.is_alive() and service.not_ready() is None
        server.stop()
    print(
        f"{sum(statuses.values())} broken requests in {time.monotonic() - export_time:.0f} s: "
        f"{dict(statuses.most_common())}; good ones that failed: {len(wrong)} {wrong[:2]}; "
        f"memory grew by {grown:.0f} MB; alive and ready afterwards: {alive}"
    )
    return 0 if alive and not wrong and not statuses["500"] and grown < 100 else 1


if __name__ == "__main__":
    sys.exit(main())
