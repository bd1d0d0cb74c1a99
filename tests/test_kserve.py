"""Day 15: KServe's own client talks to the service, unchanged.

The client is KServe's InferenceRESTClient with its V1 protocol. It runs in a Python of its own,
which the variable DL15_KSERVE_PYTHON names; without it the test is skipped. To have one:

    python -m venv .kserve && .kserve/bin/python -m pip install -r tests/requirements-kserve.txt
    DL15_KSERVE_PYTHON=.kserve/bin/python python -m pytest tests/test_kserve.py
"""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from test_serve import connections, expected, exported, images, models, predictor  # noqa: F401

CLIENT = os.environ.get("DL15_KSERVE_PYTHON", "")
if not CLIENT:
    pytest.skip(
        (
            "missing kserve: DL15_KSERVE_PYTHON names no Python with kserve installed (see the top "
            "of this file)"
        ),
        allow_module_level=True,
    )

# Runs in the client's Python: the address and 40 images come from stdin, what the client made of
# the answers goes to stdout.
SCRIPT = """
import asyncio, json, sys
import httpx
from kserve import InferenceRESTClient, RESTConfig

async def main(address, images):
    client = InferenceRESTClient(RESTConfig(protocol="v1", timeout=30))
    async def refused(data, name="digits"):
        try:
            return await client.infer(address, data, model_name=name)
        except httpx.HTTPStatusError as error:
            return [error.response.status_code, str(error)]
    seen = {
        "alive": await client.is_server_live(f"{address}/healthz"),
        "ready": await client.is_model_ready(address, "digits"),
        "together": await client.infer(address, {"instances": images}, model_name="digits"),
        "columns": await client.infer(address, {"inputs": {"image": images}}, model_name="digits"),
        "each": await asyncio.gather(
            *(client.infer(address, {"instances": [x]}, model_name="digits") for x in images)
        ),
        "misshaped": await refused({"instances": [images[0][:27]]}),
        "unknown": await refused({"instances": images}, "letters"),
    }
    await client.close()
    return seen

print(json.dumps(asyncio.run(main(*json.load(sys.stdin)))))
"""


def test_kserves_client_reads_predictions_readiness_and_refusals(models):  # noqa: F811
    service = predictor.Service(models, poll=None)
    server = connections.Server(service).start()
    x = images(40)
    try:
        done = subprocess.run(
            [Path(CLIENT).absolute(), "-c", SCRIPT],
            input=json.dumps([f"http://127.0.0.1:{server.port}", x.tolist()]),
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        seen = json.loads(done.stdout.splitlines()[-1])
    finally:
        server.stop()
    assert seen["alive"] is True and seen["ready"] is True
    assert list(seen["together"]) == ["predictions"] and np.allclose(
        seen["together"]["predictions"], expected(x), atol=1e-6
    )
    assert list(seen["columns"]) == ["outputs"] and np.allclose(
        seen["columns"]["outputs"], expected(x), atol=1e-6
    )
    assert np.allclose(
        [answer["predictions"][0] for answer in seen["each"]], expected(x), atol=1e-6
    )
    status, sentence = seen["misshaped"]
    assert status == 400 and "27, not 28" in sentence
    status, sentence = seen["unknown"]
    assert status == 404 and "letters" in sentence
