"""Day 15: how long an answer takes against the load, with arrivals that do not wait for answers (an
open loop).

    python tests/experiments/day15_open_loop.py   about 60 seconds, after Day 15's notebook

Requests of one image arrive at random (Poisson) at a given rate for three seconds, whatever the
service does. The time of each counts from its arrival, not from the moment when a connection was
free. serve.py with one image in a call, and with batches. It serves models/digits, which the
notebook keeps. Clients and service share the machine.
"""

import http.client
import json
import queue
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parents[2] / "day15_deployment"
SECONDS, CLIENTS, RATES = 3.0, 64, (50, 100, 150, 200, 300, 400)
BODY = json.dumps({"instances": [[[0] * 28] * 28]})


def latencies(place: str, rate: float, seed: int) -> tuple[np.ndarray, int]:
    """Milliseconds from arrival to answer of all requests that were answered with 200, and how many
    were not."""
    rng = np.random.default_rng(seed)
    arrivals = np.cumsum(rng.exponential(1 / rate, size=int(rate * SECONDS)))
    waiting: queue.Queue = queue.Queue()
    times, lost = [], []

    def client():
        connection = http.client.HTTPConnection(place, timeout=60)
        while (arrived := waiting.get()) is not None:
            try:
                connection.request(
                    "POST", "/v1/models/digits:predict", BODY, {"Content-Type": "application/json"}
                )
                answer = connection.getresponse()
                answer.read()
                (times if answer.status == 200 else lost).append(
                    1000 * (time.perf_counter() - arrived)
                )
            except (OSError, http.client.HTTPException):
                lost.append(None)
                connection.close()
        connection.close()

    clients = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in clients:
        thread.start()
    begun = time.perf_counter()
    for arrival in arrivals:
        time.sleep(max(0.0, begun + arrival - time.perf_counter()))
        waiting.put(begun + arrival)
    for _ in clients:
        waiting.put(None)
    for thread in clients:
        thread.join()
    return np.array(times), len(lost)


def main() -> None:
    for name, options in (("one call for each", ("--batch-size", "1")), ("batches", ())):
        service = subprocess.Popen(
            [sys.executable, str(FOLDER / "serve.py"), "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        try:
            place = re.search(r"http://([\d.]+:\d+)", service.stdout.readline())[1]
            latencies(place, 50, 9)
            for rate in RATES:
                times, lost = latencies(place, rate, 0)
                print(
                    f"{name:18s}{rate:4d} arrivals a second: median {np.median(times):6.0f} ms "
                    f" p99 {np.percentile(times, 99):6.0f} ms"
                    f"  refused or lost {lost}",
                    flush=True,
                )
        finally:
            service.terminate()
            service.wait()


if __name__ == "__main__":
    main()
