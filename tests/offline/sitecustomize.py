"""Close the network for a Python process, except the loopback interface.

Python imports a module of this name at start-up when its folder is on PYTHONPATH. The root
conftest.py puts it there, so that every kernel, and every Python program that a kernel starts, runs
this first (but for one that is started with -I or -E).

An audit hook sees each name look-up and each connection that Python code makes. One that leaves the
machine is written to the file named by DL15_NETWORK_LOG and refused. An audit hook cannot be
removed, and a notebook that catches the error is found out all the same, since the file is read by
the tests.
"""

import errno
import ipaddress
import os
import socket
import sys

LOOK_UPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}  # args: host, …
SENDS = {"socket.connect", "socket.sendto", "socket.sendmsg"}  # args: socket, address


def is_local(host) -> bool:
    """True if `host` (str, bytes or None) can only mean this machine."""
    if isinstance(host, (bytes, bytearray)):
        host = host.decode("ascii", "replace")
    if host in (None, "", "localhost", "::", "0.0.0.0", socket.gethostname()):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_network(event: str, args: tuple) -> None:
    """Audit hook: raise OSError for anything that is not loopback, and log it."""
    if event in LOOK_UPS:
        host = args[0]
    elif event in SENDS:
        address = args[1]
        if not isinstance(address, tuple) or isinstance(
            address[0], int
        ):  # a Unix socket, one that is connected, netlink
            return
        host = address[0]
    elif event == "socket.getnameinfo":
        host = args[0][0]
    else:
        return
    if is_local(host):
        return
    log = os.environ.get("DL15_NETWORK_LOG")
    if log:
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{event} to {host!r}\n")
    raise OSError(
        errno.ENETUNREACH, f"the tests run with the network off, and this asked for {host!r}"
    )


sys.addaudithook(refuse_network)
