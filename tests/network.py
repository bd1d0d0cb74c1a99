"""The tests run with the network off. Two independent locks:

1. On Linux, the whole test run moves into a network namespace of its own, which holds a loopback
   interface and nothing else. The kernel then refuses every other packet, whatever program
   sends it.
2. On every system, `offline/sitecustomize.py` refuses and logs what Python code tries.
"""

import contextlib
import ctypes
import os
import socket
import struct
import sys
import tempfile
from pathlib import Path

import skips

HOOK_FOLDER = Path(__file__).parent / "offline"
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy")


def close_network() -> None:
    """Apply both locks to this process and to every process that it starts.

    Called once in each pytest process. With pytest-xdist the workers inherit the namespace.
    """
    for name in PROXIES:  # a proxy on loopback would be a way out
        os.environ.pop(name, None)
        os.environ.pop(name.upper(), None)
    handle, log = tempfile.mkstemp(prefix="dl15-network-", suffix=".log")
    os.close(handle)
    os.environ["DL15_NETWORK_LOG"] = log
    paths = [str(HOOK_FOLDER), os.environ.get("PYTHONPATH", "")]
    if str(HOOK_FOLDER) not in paths[1].split(os.pathsep):
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))

    if "DL15_NAMESPACE" not in os.environ:
        os.environ["DL15_NAMESPACE"] = "yes" if enter_empty_namespace() else "no"
    if not hasattr(
        sys.modules.get("sitecustomize"), "refuse_network"
    ):  # the workers have it from PYTHONPATH
        code = compile(
            (HOOK_FOLDER / "sitecustomize.py").read_text("utf-8"), "sitecustomize.py", "exec"
        )
        exec(code, {"__name__": "offline_hook"})


def description() -> str:
    """Which locks hold, for the head of the report."""
    namespace = os.environ["DL15_NAMESPACE"] == "yes"
    return (
        "off (network namespace with loopback only, audit hook)"
        if namespace
        else "off (audit hook)"
    )


def fault_in_ci() -> str:
    """One sentence where the kernel could close the network and does not, in continuous
    integration; "" otherwise."""
    if sys.platform != "linux" or os.environ["DL15_NAMESPACE"] == "yes" or not skips.in_ci():
        return ""
    return (
        "The kernel does not close the network: this machine lets nobody make a namespace. "
        "On Ubuntu: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
    )


def enter_empty_namespace() -> bool:
    """Move this process into a new network namespace with loopback up. False where that is not
    allowed.

    A child process tries it first: a namespace without loopback could not be left again.
    """
    if sys.platform != "linux":
        return False
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if unshare() else 1)
        except BaseException:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0 and unshare()


def unshare() -> bool:
    """`unshare --net`, with a user namespace where root's rights are missing, and loopback up."""
    libc = ctypes.CDLL(None, use_errno=True)
    new_user, new_net = 0x10000000, 0x40000000  # CLONE_NEWUSER, CLONE_NEWNET in <sched.h>
    uid, gid = os.getuid(), os.getgid()
    if (
        libc.unshare(new_net) != 0
    ):  # needs root; without it, a user namespace of our own gives the right
        if libc.unshare(new_user | new_net) != 0:
            return False
        try:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
            Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
        except OSError:
            pass  # the namespace is already empty; only file owners may look odd
    return raise_loopback()


def raise_loopback() -> bool:
    """Bring the loopback interface of a new namespace up (`ip link set lo up`)."""
    import fcntl

    get_flags, set_flags, up = 0x8913, 0x8914, 0x1  # SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = fcntl.ioctl(control, get_flags, struct.pack("16sh14x", b"lo", 0))
        flags = struct.unpack("16sh14x", request)[1]
        fcntl.ioctl(control, set_flags, struct.pack("16sh14x", b"lo", flags | up))
    return True


@contextlib.contextmanager
def own_namespace():
    """Inside, this thread and what it starts have an empty namespace of their own, also with
    loopback.

    For a program that looks for the network by itself, such as a browser: what it sends is refused
    as well, and is not counted against the run. Does nothing where the run has no namespace.
    """
    if os.environ.get("DL15_NAMESPACE") != "yes":
        yield
        return
    libc, new_net = ctypes.CDLL(None, use_errno=True), 0x40000000
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        if libc.unshare(new_net) != 0:
            raise OSError(ctypes.get_errno(), "no namespace for this test")
        raise_loopback()
        yield
    finally:
        if libc.setns(before, new_net) != 0:
            raise OSError(ctypes.get_errno(), "cannot return to the namespace of the run")
        os.close(before)


def new_attempts() -> list[str]:
    """What Python code tried since the last call, one line an attempt; forgets it."""
    log = Path(os.environ["DL15_NETWORK_LOG"])
    lines = log.read_text(encoding="utf-8").splitlines()
    if lines:
        log.write_text("", encoding="utf-8")
    return lines


def packets_without_route() -> int:
    """Packets that the namespace refused because they were not for loopback, from any program.

    The kernel counts them (OutNoRoutes). 0 where there is no namespace of our own.
    """
    if os.environ.get("DL15_NAMESPACE") != "yes":
        return 0
    names, values = [
        line.split()
        for line in Path("/proc/net/snmp").read_text().splitlines()
        if line.startswith("Ip:")
    ]
    count = int(dict(zip(names, values, strict=True))["OutNoRoutes"])
    six = Path("/proc/net/snmp6")
    if six.exists():
        count += sum(
            int(line.split()[1])
            for line in six.read_text().splitlines()
            if line.startswith("Ip6OutNoRoutes")
        )
    return count


def forget() -> None:
    """Delete this process's log."""
    Path(os.environ["DL15_NETWORK_LOG"]).unlink(missing_ok=True)
