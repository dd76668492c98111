"""Many SMTP sessions in one process: opened one by one, then driven by one epoll loop that also tells how well it kept up."""

import collections
import gc
import heapq
import itertools
import random
import resource
import select
import socket
import sys
import time

from . import certificate, processes

HELLO = b"EHLO client.example.com\r\n"
PER_SOURCE = 10000  # connections from one source address: well below the number of ephemeral ports


def raise_file_limit(count):
    """Lets this process, and the children that it starts, have count files open. Exits with the reason if it may not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))
        except (OSError, ValueError):
            sys.exit(f"{count} open files are needed, and {hard} are allowed: ulimit -Hn")
    elif soft != resource.RLIM_INFINITY and soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


def ended(reply):
    """Whether the last line of a reply is there."""
    return reply.endswith(b"\r\n") and reply[reply.rfind(b"\n", 0, -1) + 1:][3:4] == b" "


def _expect(connection, code):
    reply = b""
    while not ended(reply):
        data = connection.recv(4096)
        reply += data
        if not data:
            break
    if not reply.startswith(code):
        raise RuntimeError(f"expected {code.decode()}, got {reply!r}")


def open_session(port, number, tls=None):
    """A session that has said EHLO; with an ssl.SSLContext, again after STARTTLS."""
    connection = socket.socket()
    connection.settimeout(30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT: a port is chosen by connect, for this destination
    connection.bind((f"127.0.0.{2 + number // PER_SOURCE}", 0))
    connection.connect(("127.0.0.1", port))
    _expect(connection, b"220")
    connection.sendall(HELLO)
    _expect(connection, b"250")
    if tls:
        connection.sendall(b"STARTTLS\r\n")
        _expect(connection, b"220")
        connection = tls.wrap_socket(connection, server_hostname=certificate.NAME)
        connection.sendall(HELLO)
        _expect(connection, b"250")
    connection.setblocking(False)
    return connection


def is_open(connection):
    """Whether the other side has neither closed the connection nor said anything."""
    try:
        socket.socket.recv(connection, 1, socket.MSG_PEEK)  # below TLS
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


class Loop:
    """epoll and timers. A timer is due to the millisecond: epoll's time-out is a whole number of them."""

    def __init__(self):
        self.lags, self.errors = [], collections.Counter()
        self._poll, self._sessions = select.epoll(), {}
        self._timers, self._order = [], itertools.count()

    def add(self, connection, session):
        """Calls session.ready(when) as octets arrive."""
        self._sessions[connection.fileno()] = session
        self._poll.register(connection, select.EPOLLIN)

    def remove(self, connection):
        if self._sessions.pop(connection.fileno(), None):
            self._poll.unregister(connection)

    def at(self, due, session):
        """Calls session.fire(due) then."""
        heapq.heappush(self._timers, (due, next(self._order), session))

    def run(self, seconds, until=lambda: False):
        """Runs for so long, or until a condition holds; it is looked at every 10 ms at least."""
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end and not until():
            due = self._timers[0][0] if self._timers else end
            events = self._poll.poll(max(0, min(due - now, end - now, 0.01)))
            arrived = time.monotonic()  # all of these were there now
            for descriptor, _ in events:
                self._sessions[descriptor].ready(arrived)
            for _ in range(8):  # then replies have their turn again
                if not self._timers or self._timers[0][0] > (now := time.monotonic()):
                    break
                due, _, session = heapq.heappop(self._timers)
                self.lags.append(now - due)
                session.fire(due)


class Active:
    """
    Goes through the commands of a session at a fixed pace, whether the replies are quick or not (an open loop). A command that is due
    before the reply to the one before waits for it, and counts from when it was due; any other one counts from just before it is sent.
    """

    SCRIPT = (("EHLO", HELLO, b"250"), ("MAIL", b"MAIL FROM:<sender@example.com>\r\n", b"250"),
              ("RCPT", b"RCPT TO:<user@example.org>\r\n", b"250"), ("DATA", b"DATA\r\n", b"354"),
              ("content", b"Subject: active\r\n\r\n" + b"one line of a small message\r\n" * 16 + b".\r\n", b"250"),
              ("RSET", b"RSET\r\n", b"250"), ("NOOP", b"NOOP\r\n", b"250"))
    VERBS = tuple(verb for verb, _, _ in SCRIPT)

    def __init__(self, loop, connection):
        self.waiting, self._loop, self._socket = False, loop, connection
        self._step = -random.randrange(len(self.SCRIPT))  # so many NOOPs first: the connections are not in step
        self._reply, self._first, self._since, self._owed = b"", True, 0.0, collections.deque()
        loop.add(connection, self)

    def begin(self, period, seconds, latencies):
        """Commands for so long, one in each period, from a random moment of the first; latencies has a list for each verb."""
        now = time.monotonic()
        self._period, self._until, self._latencies = period, now + seconds, latencies
        self._loop.at(now + random.random() * period, self)

    def fire(self, due):
        if due + self._period < self._until:
            self._loop.at(due + self._period, self)
        if self.waiting:
            self._owed.append(due)
        else:
            self._send(None)

    def _send(self, since):
        self.waiting, self._first, self._reply = True, True, b""
        octets = self.SCRIPT[max(self._step, -1)][1]
        self._since = since or time.monotonic()
        try:
            self._socket.send(octets)
        except OSError as error:
            self._lose(str(error))

    def ready(self, arrived):
        try:
            data = self._socket.recv(4096)
        except OSError as error:
            return self._lose(str(error))
        if not data:
            return self._lose("connection closed")
        verb, _, code = self.SCRIPT[max(self._step, -1)]
        if self._first:
            self._first = False
            self._latencies[verb].append(arrived - self._since)
        self._reply += data
        if ended(self._reply):
            self.waiting, right = False, self._reply.startswith(code)
            if not right:
                self._loop.errors[f"{verb}: {self._reply[:60].decode(errors='replace').strip()}"] += 1
            self._step = (self._step + 1) % len(self.SCRIPT) if right and self._step >= 0 else min(self._step + 1, self.VERBS.index("RSET"))
            if self._owed:
                self._send(self._owed.popleft())

    def _lose(self, why):
        self._loop.errors[why] += 1
        self._loop.remove(self._socket)
        self._until, self.waiting = 0, False
        self.fire = lambda due: None

    def close(self):
        self._loop.remove(self._socket)
        self._socket.close()


class Slow:
    """Sends one octet of a command from time to time, and never the end of its line."""

    def __init__(self, loop, connection, every):
        self.begun, self.closed_after, self.reply = time.monotonic(), None, b""
        self._loop, self._socket, self._every = loop, connection, every
        loop.add(connection, self)
        loop.at(self.begun + random.random() * every, self)

    def fire(self, due):
        if self.closed_after is None:
            try:
                self._socket.send(b"N")
            except OSError:
                pass  # told by ready
            self._loop.at(due + self._every, self)

    def ready(self, arrived):
        try:
            data = self._socket.recv(4096)
        except OSError:
            data = b""
        self.reply += data
        if not data:
            self.close()

    def close(self):
        if self.closed_after is None:
            self.closed_after = time.monotonic() - self.begun
            self._loop.remove(self._socket)
            self._socket.close()


class Turn:
    """What the active connections saw in some seconds, and what it took of the processors."""

    def __init__(self, loop, active, pid, period, seconds):
        self.latencies = {verb: [] for verb in Active.VERBS}
        loop.lags = []
        for session in active:
            session.begin(period, seconds, self.latencies)
        gc.collect()
        gc.disable()  # a pause of ours would be counted as the node's
        begun, client, server = time.monotonic(), time.process_time(), processes.cpu_seconds(pid)
        loop.run(seconds)
        taken = time.monotonic() - begun
        self.client, self.server = (time.process_time() - client) / taken, (processes.cpu_seconds(pid) - server) / taken
        self.lags = sorted(loop.lags)
        loop.run(10, until=lambda: not any(session.waiting for session in active))
        gc.enable()
        if mute := sum(session.waiting for session in active):
            loop.errors["no reply in 10 s"] += mute
        self.all = sorted(itertools.chain(*self.latencies.values()))

    @property
    def p99(self):
        return quantile(self.all, 0.99)


def quantile(ordered, part):
    """A quantile of what is sorted, by the nearest rank."""
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else float("nan")
