"""The network is really off: planted downloads fail the run, loopback works."""

import os
import socket
import types

import pytest

import network

DOWNLOAD = """
import urllib.request
try:
    urllib.request.urlopen("http://example.com/weights.h5", timeout=2)
    print("downloaded")
except OSError:
    pass                    # a notebook that swallows the error is found out all the same
"""
LOOPBACK = """
import http.server, threading
server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=server.handle_request, daemon=True).start()
with urllib.request.urlopen(f"http://localhost:{server.server_port}/", timeout=5) as page:
    assert page.status == 200
"""
CHILD = """
import subprocess, sys
code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=2)"
_ = subprocess.run([sys.executable, "-c", code], capture_output=True)
"""
NATIVE = """
import ctypes, socket, struct
libc = ctypes.CDLL(None)    # as native code does it: no Python function is called
handle = libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
address = struct.pack("=HH4s8x", socket.AF_INET, socket.htons(80), bytes([192, 0, 2, 1]))
assert libc.connect(handle, address, len(address)) == -1    # refused
"""


def test_planted_downloads_fail_their_cells_and_loopback_does_not(mini):
    mini.write(DOWNLOAD, LOOPBACK, CHILD)
    result = mini.pytest()
    assert result.returncode == 1 and "2 failed, 1 passed" in result.stdout, result.stdout
    assert (
        "Cell 0 tried to reach the network, which is off" in result.stdout
        and "'example.com'" in result.stdout
    ), result.stdout
    assert (
        "Cell 2 tried to reach the network" in result.stdout and "'192.0.2.1'" in result.stdout
    ), result.stdout


@pytest.mark.skipif(
    os.environ.get("DL15_NAMESPACE") != "yes",
    reason="needs Linux: no network namespace here, so the kernel refuses nothing",
)
@pytest.mark.may_try_network
def test_native_code_is_refused_by_the_kernel_and_fails_the_run(mini, monkeypatch):
    """In a namespace of its own, since the refused packet is counted there and this run must not
    fail for it."""
    mini.write(NATIVE)  # not executed yet, so nothing is compared
    monkeypatch.delenv("DL15_NAMESPACE")
    result = mini.pytest()
    assert (
        "1 passed" in result.stdout
        and "packets were sent to the network, which is off. The run fails" in result.stdout
    ), result.stdout
    assert result.returncode == 1


@pytest.mark.may_try_network
def test_this_process_is_closed_too():
    with pytest.raises(OSError, match="network off"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(OSError, match="network off"):
        socket.getaddrinfo("example.com", 80)
    assert socket.getaddrinfo("localhost", 80)


def test_the_run_says_which_locks_hold():
    if os.environ["DL15_NAMESPACE"] == "yes":
        assert "namespace" in network.description() and socket.if_nameindex() == [(1, "lo")]
    else:
        assert network.description() == "off (audit hook)"
    assert not network.fault_in_ci(), network.fault_in_ci()


def test_a_kernel_that_does_not_close_the_network_is_said_in_ci(monkeypatch):
    monkeypatch.delenv("DL15_NO_SKIPS", raising=False)
    monkeypatch.setattr(network, "sys", types.SimpleNamespace(platform="linux"))
    for namespace, ci, said in (("no", "true", True), ("yes", "true", False), ("no", "", False)):
        monkeypatch.setenv("DL15_NAMESPACE", namespace)
        monkeypatch.setenv("CI", ci)
        assert (
            "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0" in network.fault_in_ci()
        ) is said
