"""Connections: several addresses, deadlines, what is read before a request is admitted, start and
stop.

waitress does the HTTP. Its classes are extended where it would let somebody without bandwidth hold
a connection or its memory for long. What is used of it is tested, and requirements.txt pins it.
"""

import errno
import json
import math
import select
import socket
import threading
import time
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher, WSGITask
from waitress.utilities import Error

from .app import BEGAN, GONE, create_app, too_large
from .predictor import PATIENCE, Service
from .seen import log, new_request_id

READING = 10.0  # seconds that a request may take from its first byte to its last
IDLE = 30  # seconds that a connection may stay open without a request
# seconds in which what a refused caller still sends is thrown away, so that it reads the answer
LINGER = 3.0
UNUSABLE = {
    errno.EADDRNOTAVAIL,
    errno.EAFNOSUPPORT,
}  # an address that this computer lacks: without IPv6, for instance
LARGE = 65_536  # bytes of an unfinished request from which on it counts toward the bound of all


class TimedOut(Error):
    code, reason = 408, "Request Timeout"


class Crowded(Error):
    code, reason = 503, "Service Unavailable"


class Parser(HTTPRequestParser):
    """A request, and when its first byte came."""

    path = ""  # waitress logs it, also of a request that was never parsed

    def __init__(self, adj):
        super().__init__(adj)
        self.began = time.monotonic()

    def size(self) -> int:
        """Bytes of it that have been read."""
        return self.header_bytes_received + self.body_bytes_received


class Task(WSGITask):
    """Tells the application when the request began, and whether its caller is still there."""

    def get_environment(self):
        environ = super().get_environment()
        environ[BEGAN], environ[GONE] = self.request.began, self.channel.was_reset
        return environ


class JsonErrors(ErrorTask):
    """What is refused before the application sees it, a broken request line for instance, is JSON
    as well."""

    def execute(self):
        error, limit = self.request.error, self.channel.server.predictor.limit
        sentences = {
            413: too_large(limit),
            431: "The headers are too large. Send less of them.",
            408: (
                f"The request was not complete after {READING:.0f} seconds. Send it again, faster."
            ),
            503: "The service is reading too many large requests. Try again in a second.",
        }
        body = (
            json.dumps(
                {
                    "error": sentences.get(
                        error.code, f"This is not a proper HTTP request: {error.body}."
                    )
                }
            ).encode()
            + b"\n"
        )
        self.status, self.content_length = f"{error.code} {error.reason}", len(body)
        self.response_headers += [
            ("Content-Type", "application/json"),
            ("X-Request-ID", new_request_id()),
            ("Connection", "close"),
        ]
        if error.code == 503:
            self.response_headers.append(("Retry-After", "1"))
        self.channel.lingers = True
        self.set_close_on_finish()
        self.write(body)


class Leftovers(wasyncore.dispatcher):
    """A refused connection whose answer was sent. What still comes is thrown away: closed at once,
    it would be reset, and the caller might never read the answer."""

    def __init__(self, connection: socket.socket, map: dict):
        self.until = time.monotonic() + LINGER
        super().__init__(connection, map)

    def waits_since(self) -> float:
        return -math.inf  # the first to go when places are needed

    def is_reading(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def handle_read(self):
        try:
            self.recv(65_536)  # closes by itself at the end
        except OSError:
            self.close()

    def handle_close(self):
        self.close()


class Channel(HTTPChannel):
    """A connection. It gives up on a request that takes too long, and on a refused one when its
    caller knows."""

    parser_class, task_class, error_task_class = Parser, Task, JsonErrors
    request: Parser | None
    lingers = False  # an error was written, and the caller may still be sending

    def service(self):
        """Answer the oldest request. While the service is stopping, each answer is the connection's
        last one."""
        if self.server.predictor.stopping:
            self.requests[0].headers["CONNECTION"] = "close"
        super().service()

    def received(self, data):
        result = super().received(data)
        if self.request is not None and self.request.size() > LARGE:
            self.server.bound_reading()
        return result

    def was_reset(self) -> bool:
        """Whether the caller has broken the connection off. One that has only closed its sending
        half still wants its answer."""
        try:
            return self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0
        except OSError:
            return True

    def is_reading(self) -> bool:
        """Whether nothing is being answered here: a request is unfinished, or none has come."""
        return not self.requests and not self.total_outbufs_len

    def waits_since(self) -> float:
        """When what it waits for began, time.monotonic(): an unfinished request, or the
        connection's last activity."""
        return (
            self.request.began
            if self.request is not None
            else time.monotonic() - (time.time() - self.last_activity)
        )

    def give_up(self, error: Error) -> None:
        """Answer an unfinished request with an error and end the connection."""
        with self.requests_lock:
            request, self.request = self.request, None
            if request is None or self.will_close:
                return
            request.error, request.completed = error, True
            self.requests.append(request)
            if len(self.requests) == 1:
                self.server.add_task(self)
        self.server.predictor.metrics.dropped.labels(error.reason).inc()

    def handle_write(self):
        if not (self.lingers and self.close_when_flushed and not self.requests):
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if self.will_close or not self.connected:
            self.handle_close()
        elif not self.total_outbufs_len:
            self.del_channel()
            try:
                self.socket.shutdown(socket.SHUT_WR)
                Leftovers(self.socket, self._map)
            except OSError:  # gone by itself
                self.socket.close()


class Listener(TcpWSGIServer):
    """A socket that accepts connections, of one of the service's addresses."""

    channel_class = Channel
    predictor: Service
    places = 320  # connections at most

    def connections(self, kinds=Channel) -> list:
        """All connections of the service, of its other addresses as well."""
        return [one for one in list(self._map.values()) if isinstance(one, kinds)]

    def handle_accept(self):
        """Accept all who have come, at most 64 at a time."""
        self.adj.max_request_body_size = (
            self.predictor.limit + 1
        )  # waitress refuses from this number on
        for _ in range(64):
            self.make_room()
            before = len(self.active_channels)
            super().handle_accept()
            if len(self.active_channels) == before:
                break

    def make_room(self) -> None:
        """If all places are taken, end the connection that has waited longest for its caller."""
        connections = self.connections((Channel, Leftovers))
        if len(connections) >= self.places and (
            waiting := [one for one in connections if one.is_reading()]
        ):
            min(waiting, key=lambda one: one.waits_since()).handle_close()
            self.predictor.metrics.dropped.labels("all places taken").inc()

    def bound_reading(self) -> None:
        """Give up on the largest unfinished requests while all of them together take too much
        memory."""
        reading = [channel for channel in self.connections() if channel.request is not None]
        total = sum(channel.request.size() for channel in reading)
        if total > self.predictor.queue * self.predictor.limit:
            max(reading, key=lambda channel: channel.request.size()).give_up(Crowded("too much"))

    def maintenance(self, now):
        """Once a second: end what has taken too long."""
        super().maintenance(now)
        moment = time.monotonic()
        for leftovers in self.connections(Leftovers):
            if moment > leftovers.until:
                leftovers.close()
        for channel in list(self.active_channels.values()):
            if channel.request is not None and moment - channel.request.began > READING:
                channel.give_up(TimedOut("too slow"))


class Server:
    """waitress around a service. `start`, `ports`, `stop`; a stop answers what is in flight.

    host: a name or an address; of a name with several addresses, all are listened on. port: 0 takes
    a free one. Raises OSError with a sentence if that cannot be.
    """

    def __init__(
        self, service: Service, host="127.0.0.1", port=0, hosts=("localhost",), log_requests=False
    ):
        self.service = service
        sockets = listening_sockets(host, port)
        self.addresses = [one.getsockname()[:2] for one in sockets]
        self.port = self.addresses[0][1]
        places = 4 * service.queue + 64
        # One thread for each admitted request, and some more to say 503 and /healthz.
        settings = Adjustments(
            threads=service.queue + 8,
            connection_limit=places + 64,
            cleanup_interval=1,
            max_request_body_size=service.limit + 1,
            inbuf_overflow=2**30,
            max_request_header_size=32_768,
            channel_timeout=IDLE,
            ident=None,
            asyncore_use_poll=hasattr(select, "poll"),
            clear_untrusted_proxy_headers=True,
        )
        self.threads = ThreadedTaskDispatcher()
        self.map: dict[int, Any] = {}
        self.threads.set_thread_count(settings.threads)
        app = create_app(service, (*hosts, host), log_requests)
        self.listeners = []
        for one in sockets:
            info = (one.family, one.type, one.proto, one.getsockname())
            self.listeners.append(
                Listener(
                    app,
                    self.map,
                    _start=False,
                    _sock=one,
                    dispatcher=self.threads,
                    adj=settings,
                    sockinfo=info,
                    bind_socket=False,
                )
            )
            self.listeners[-1].predictor, self.listeners[-1].places = service, places
        self.settings, self.closing = settings, False
        self.thread = threading.Thread(target=self.run, daemon=True, name="waitress")

    def start(self) -> "Server":
        for listener in self.listeners:
            listener.accept_connections()
        self.thread.start()
        return self

    def run(self) -> None:
        try:
            wasyncore.loop(timeout=1, map=self.map, use_poll=self.settings.asyncore_use_poll)
        except BaseException:
            if not self.closing:
                log.critical("the server has ended by a fault", exc_info=True)

    def is_alive(self) -> bool:
        return self.thread.is_alive()

    def busy(self) -> bool:
        """Whether a request is being read, answered or sent."""
        return any(
            channel.requests or channel.request or channel.total_outbufs_len
            for channel in self.listeners[0].connections()
        )

    def stop(self, patience=PATIENCE) -> None:
        """Refuse what is new, answer what is in flight, close. No answer is cut short.

        Connections that nobody has accepted by then are reset, and the caller knows that nothing
        was done.
        """
        self.service.stopping, deadline = True, time.monotonic() + patience

        def wait_for(quiet):
            calm = 0
            while (
                calm < 3 and time.monotonic() < deadline
            ):  # three looks in a row: a request may come between two
                time.sleep(0.02)
                calm = calm + 1 if quiet() else 0

        wait_for(lambda: self.service.in_flight == 0)
        for listener in self.listeners:
            listener.accepting = (
                False  # no new connection, and the old ones end with their next answer
            )
        wait_for(lambda: not self.busy())
        self.close()
        self.service.close()

    def close(self) -> None:
        """End all connections at once."""
        self.closing = True
        self.threads.shutdown()
        wasyncore.close_all(self.map)


def listening_sockets(host: str, port: int) -> list[socket.socket]:
    """Sockets bound to all addresses of a host, on one port. OSError, with a sentence, if there is
    none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise OSError(f"{host!r} is not a name or an address of this computer") from None
    wanted = list(dict.fromkeys((family, address) for family, _, _, _, address in found))
    for _ in range(5):  # a free port of the first address may be taken on the second
        bound, problems, taken = [], [], port
        for family, address in wanted:
            try:
                bound.append(bind(family, (address[0], taken, *address[2:])))
                taken = bound[0].getsockname()[1]
            except OSError as error:
                problems.append(error)
        if bound and (not problems or all(problem.errno in UNUSABLE for problem in problems)):
            return bound
        for one in bound:
            one.close()
        if port:
            break
    raise OSError((problems[0].strerror or str(problems[0])) if problems else "no address")


def bind(family, address) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows, where SO_REUSEADDR would share a port
            one.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(address)
    except OSError:
        one.close()
        raise
    return one
