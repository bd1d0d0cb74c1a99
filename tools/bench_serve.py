"""Measures the service against the usual tutorial's, side by side: throughput and latency under
concurrent clients.

    python tools/bench_serve.py               about a minute; needs nothing but the installed course
    python tools/bench_serve.py --clients 8 --seconds 10 --repeat 5 --images 4
    python tools/bench_serve.py --before /another/copy/day15_deployment/serve.py   two states

Three services answer the same requests, one after the other, several times in turn:

    tutorial     Flask's own server, request.json, model.predict for each request
    one a call   serve.py --batch-size 1: waitress, checked input, a compiled call for each request
    serve.py     the same with requests put together

The model has the size of Day 9's network, with random weights: its answers do not matter here, its
time does. Not a test: times depend on the machine. All three run on loopback, beside the clients.
"""

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
PREDICT = "/v1/models/digits:predict"

TUTORIAL = """
import sys
import keras
import numpy as np
from flask import Flask, jsonify, request

model = keras.models.load_model(sys.argv[1])
app = Flask(__name__)

@app.post("/v1/models/digits:predict")
def predict():
    images = np.array(request.json["instances"])
    return jsonify(predictions=model.predict(images, verbose=0).tolist())

model.predict(np.zeros((1, 28, 28)), verbose=0)
from werkzeug.serving import WSGIRequestHandler, make_server
WSGIRequestHandler.protocol_version = "HTTP/1.1"
server = make_server("127.0.0.1", 0, app, threaded=True)         # what app.run() starts
import logging; logging.getLogger("werkzeug").setLevel(logging.ERROR)
print(f"http://127.0.0.1:{server.server_port}/", flush=True)
server.serve_forever()
"""

EXPORT = """
import sys
import keras
from keras import layers

keras.utils.set_random_seed(0)
model = keras.Sequential([
    keras.Input((28, 28), name="image"), layers.Reshape((28, 28, 1)), layers.Rescaling(1 / 255),
    layers.Conv2D(16, 5, strides=2, padding="same", use_bias=False),
    layers.BatchNormalization(), layers.ReLU(),
    layers.Conv2D(32, 3, padding="same", use_bias=False), layers.MaxPooling2D(2),
    layers.BatchNormalization(), layers.ReLU(),
    layers.Flatten(), layers.Dense(128, use_bias=False),
    layers.BatchNormalization(), layers.ReLU(), layers.Dense(10, "softmax")])
model.save(sys.argv[1] + "/digits.keras")
model.export(sys.argv[1] + "/digits/1", verbose=False)

import time
import numpy as np
import tensorflow as tf
function = tf.saved_model.load(sys.argv[1] + "/digits/1").signatures["serving_default"]
times, image = [], np.random.default_rng(0).integers(0, 256, (1, 28, 28)).astype("float32")
for _ in range(600):
    start = time.perf_counter()
    function(image=tf.constant(image))["output_0"].numpy()
    times.append(time.perf_counter() - start)
print("bare", 1000 * np.median(times[100:]))
"""


class Service:
    """A service in a process of its own."""

    def __init__(self, *command: object):
        self.process = subprocess.Popen(
            [sys.executable, *map(str, command)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        )
        assert self.process.stdout
        while not (
            found := re.search(
                r"http://127\.0\.0\.1:(\d+)/", line := self.process.stdout.readline()
            )
        ):
            assert line, f"{command} did not start"
        self.port = int(found[1])

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate()


def load(port: int, clients: int, seconds: float, images: int) -> tuple[float, np.ndarray, int]:
    """(answers a second, latencies in ms, failures) of clients that ask again as soon as they are
    answered."""
    body = json.dumps(
        {"instances": np.random.default_rng(0).integers(0, 256, (images, 28, 28)).tolist()}
    )
    latencies: list[float] = []
    failures: list[float] = []
    begin = threading.Barrier(clients + 1)

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.connect()
        begin.wait()
        while (now := time.perf_counter()) < end:
            connection.request("POST", PREDICT, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            (latencies if answer.status == 200 else failures).append(time.perf_counter() - now)

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    end = time.perf_counter() + seconds
    start = time.perf_counter()
    begin.wait()
    for thread in threads:
        thread.join()
    return len(latencies) / (time.perf_counter() - start), 1000 * np.array(latencies), len(failures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--images", type=int, default=1, help="images in a request")
    parser.add_argument(
        "--before",
        type=Path,
        metavar="serve.py",
        help="another state of the service, measured in turn with this one",
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run(
            [sys.executable, "-c", EXPORT, folder],
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        bare = float(re.findall(r"^bare (\S+)", made.stdout, re.M)[-1])
        (Path(folder) / "tutorial.py").write_text(TUTORIAL, "utf-8")
        script, model = ROOT / "day15_deployment" / "serve.py", Path(folder) / "digits"
        commands = {
            "tutorial": (Path(folder) / "tutorial.py", Path(folder) / "digits.keras"),
            "one a call": (
                script,
                "--models",
                model,
                "--port",
                "0",
                "--batch-size",
                options.images,
            ),
            "serve.py": (script, "--models", model, "--port", "0"),
        }
        if options.before:
            commands |= {
                f"before, {name}": (options.before, *command[1:])
                for name, command in list(commands.items())[1:]
            }
        services = {name: Service(*command) for name, command in commands.items()}
        results: dict[str, list] = {name: [] for name in services}
        try:
            for service in services.values():
                load(service.port, 2, 1.0, options.images)  # warm
            for turn in range(options.repeat):
                for name, service in list(services.items())[
                    :: 1 if turn % 2 else -1
                ]:  # a place in the order may help or harm
                    results[name].append(
                        load(service.port, options.clients, options.seconds, options.images)
                    )
            single = {
                name: np.median(load(service.port, 1, options.seconds, options.images)[1])
                for name, service in services.items()
            }
        finally:
            for service in services.values():
                service.stop()
    print(
        f"{options.clients} clients, {options.images} image(s) a request, {options.repeat} x "
        f"{options.seconds} s each; median (lowest to highest)"
    )
    rate = {name: np.array([r[0] for r in runs]) for name, runs in results.items()}
    p50, p99 = [
        {name: np.array([np.percentile(r[1], q) for r in runs]) for name, runs in results.items()}
        for q in (50, 99)
    ]
    for name in services:
        print(
            f"{name:20s}{np.median(rate[name]):7.0f} ({rate[name].min():.0f} to "
            f"{rate[name].max():.0f}) answers a second   p50 {np.median(p50[name]):6.1f} ms"
            f"   p99 {np.median(p99[name]):6.1f} ms ({p99[name].min():.0f} to "
            f"{p99[name].max():.0f})   failures {sum(r[2] for r in results[name])}"
        )
    print(
        f"serve.py against the tutorial: {np.median(rate['serve.py'] / rate['tutorial']):.1f} "
        f"times the throughput, "
        f"p99 {np.median(p99['serve.py'] / p99['tutorial']):.2f} of its; against one a call: "
        f"{np.median(rate['serve.py'] / rate['one a call']):.2f} times"
    )
    for name in ("one a call", "serve.py") if options.before else ():
        print(
            f"{name} against its state before: "
            f"{np.median(rate[name] / rate[f'before, {name}']):.2f} times the throughput, "
            f"p99 {np.median(p99[name] / p99[f'before, {name}']):.2f} of its, in the median of "
            f"the pairs; "
            f"alone p50 {single[name]:.2f} and {single[f'before, {name}']:.2f} ms"
        )
    print(
        f"alone, one client: p50 {single['serve.py']:.2f} ms (one a call "
        f"{single['one a call']:.2f}, tutorial {single['tutorial']:.1f}); "
        f"bare compiled call {bare:.2f} ms; difference {single['serve.py'] - bare:.2f} ms"
    )


if __name__ == "__main__":
    main()
