"""tools/bench_serve.py runs: half a second for each service, so its numbers mean nothing, but all
are there."""

import re
import subprocess
import sys

from lessons import ROOT


def test_bench_measures_each_service_without_a_failure():
    command = [
        sys.executable,
        ROOT / "tools" / "bench_serve.py",
        *"--clients 2 --seconds 0.3 --repeat 1".split(),
    ]
    result = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=280)
    assert result.returncode == 0, result.stderr[-2000:]
    found = re.findall(
        r"^(tutorial|one a call|serve\.py) +(\d+) \(.*failures (\d+)$", result.stdout, re.M
    )
    assert [name for name, *_ in found] == ["tutorial", "one a call", "serve.py"], result.stdout
    assert all(int(rate) > 0 and failures == "0" for _, rate, failures in found), result.stdout
    assert "times the throughput" in result.stdout and "bare compiled call" in result.stdout
