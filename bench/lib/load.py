"""The load generators (smtp-source of Postfix, bench/Source) and the sink (smtp-sink), driven and counted."""

import fcntl
import os
import re
import select
import subprocess
import sys
import tempfile
import threading
import time

from . import processes

_F_SETPIPE_SZ = 1031
_COUNT = re.compile(rb"mesg=(\d+)")


class Sink:
    """
    smtp-sink. It writes its running counters (-c) to a pipe each time a final dot arrives; a thread reads the pipe every
    5 ms and keeps the newest, so that a count is at most about 5 ms late and costs one read.
    """

    def __init__(self, port=None, arguments=()):
        self.port = port or processes.free_port()
        self.messages = 0
        self._changed = threading.Condition()
        read, write = os.pipe()
        try:
            fcntl.fcntl(read, _F_SETPIPE_SZ, processes.MIB)
        except OSError:
            pass  # the default of 64 KiB holds about 2,000 counts: enough between two reads
        command = ["smtp-sink", "-4", "-c", "-m", "2000", *arguments]
        if os.geteuid() == 0:
            command += ["-u", "nobody"]
        self.process = processes.start([*command, f"127.0.0.1:{self.port}", "1024"], stdout=write)
        os.close(write)
        self._thread = threading.Thread(target=self._read, args=(read,), daemon=True)
        self._thread.start()
        processes.wait_for(lambda: processes.greets(self.port), 10, "smtp-sink")

    def _read(self, pipe):
        tail = b""
        while True:
            data = os.read(pipe, processes.MIB)
            if not data:
                os.close(pipe)
                return
            counts = _COUNT.findall(tail + data[:-1])
            tail = (tail + data)[-64:]
            if counts:
                with self._changed:
                    self.messages = max(self.messages, int(counts[-1]))
                    self._changed.notify_all()
            time.sleep(0.005)

    def wait_for(self, count, seconds):
        """Waits until count messages were counted; returns the time of it. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while self.messages < count:
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    raise TimeoutError(f"the sink has {self.messages} of {count} messages after {seconds:.0f} s")
        return time.monotonic()

    def stop(self):
        """Ends the sink and waits for its last count."""
        processes.stop(self.process, 2)
        self._thread.join(5)


class Source:
    """smtp-source: messages from 127.0.0.1 over many sessions at once."""

    def __init__(self, port, messages, sessions, octets, reuse, to="user@example.org", number=False):
        command = ["smtp-source", "-4", "-M", "client.example.com", "-f", "sender@example.com", "-t", to,
                   "-s", str(sessions), "-l", str(octets), "-m", str(messages), "-C", "5"]
        if reuse:
            command.append("-d")  # keep the session: the next message goes over the same connection
        if number:
            command.append("-N")  # 0user@, 1user@, …: every message has an identity
        self._log = tempfile.NamedTemporaryFile(prefix="smtp-source.")  # gone with this object
        self.begun = time.monotonic()
        self.process = processes.start([*command, f"127.0.0.1:{port}"], log=self._log.name)

    def wait(self, seconds):
        """Waits for its end; returns the seconds it ran. Raises on failure or time-out."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            processes.stop(self.process, 1)
            raise TimeoutError(f"smtp-source did not end within {seconds:.0f} s") from None
        if status != 0:
            with open(self._log.name, encoding="utf-8", errors="replace") as log:
                raise RuntimeError(f"smtp-source failed with status {status}: {log.read()[-500:]}")
        return time.monotonic() - self.begun


class KeptSource:
    """bench/Source: messages over sessions that stay open, with TLS if a certificate to trust is given. All are open once this object is there."""

    def __init__(self, assembly, port, messages, sessions, octets, trusted=None, seconds=60):
        command = ["dotnet", assembly, str(port), str(messages), str(sessions), str(octets), *(["--tls", trusted] if trusted else [])]
        self._log = tempfile.NamedTemporaryFile(prefix="source.")
        self.process = processes.start(command, log=self._log.name, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._await(b"ready", seconds)
        self._opening = processes.cpu_seconds(self.process.pid)

    def send(self, seconds):
        """Sends all; returns when it began, and how long it took until the last was accepted. Raises on failure or time-out."""
        begun = time.monotonic()
        self.process.stdin.write(b"go\n")
        self.process.stdin.flush()
        self._await(b"done", seconds)
        return begun, time.monotonic() - begun

    def end(self):
        """Waits for its end; returns the seconds of CPU since all sessions were open."""
        before = processes.cpu_seconds_of_ended()
        if self.process.wait(30) != 0:
            self._fail()
        return processes.cpu_seconds_of_ended() - before - self._opening

    def _await(self, line, seconds):
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            processes.stop(self.process, 1)
            raise TimeoutError(f"the source did not say {line.decode()} within {seconds:.0f} s")
        if self.process.stdout.readline().strip() != line:
            self._fail()

    def _fail(self):
        status = self.process.wait(30)
        with open(self._log.name, encoding="utf-8", errors="replace") as log:
            raise RuntimeError(f"the source failed with status {status}: {log.read()[-500:]}")


class RecordingSink:
    """lib/recording_sink.py in a process of its own."""

    def __init__(self, port, mode="accept"):
        self.port, self.deliveries, self.distinct = port, 0, 0
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recording_sink.py")
        self.process = processes.start(
            [sys.executable, program, str(port), mode], stdout=subprocess.PIPE)
        self._ready = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        if not self._ready.wait(10):
            raise TimeoutError("the recording sink did not start")

    def _read(self):
        for line in self.process.stdout:
            self.deliveries, self.distinct = (int(field) for field in line.split())
            self._ready.set()

    def stop(self):
        processes.stop(self.process, 2)
