"""Child processes of a benchmark: started, measured through /proc, and ended by process id."""

import atexit
import ctypes
import itertools
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
MIB = 1024 * 1024
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
_cleanups = []
_ports = itertools.cycle((12000 + (os.getpid() * 37 + step) % 18000) for step in range(18000))


def die_with_parent():
    """In a child, before exec: be killed by the kernel if the benchmark itself is killed."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def on_exit(action):
    """Runs action at the end, however the benchmark ends short of SIGKILL; last registered, first run."""
    _cleanups.append(action)


def _run_cleanups():
    while _cleanups:
        try:
            _cleanups.pop()()
        except Exception as error:  # every other clean-up must still run
            print(f"clean-up failed: {error}", file=sys.stderr)


def install_exit_traps():
    """Ends everything on exit, SIGINT, SIGTERM and SIGHUP."""
    atexit.register(_run_cleanups)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))


def require_tools(*names):
    """Exits with the reason if a program is not installed."""
    os.environ["PATH"] = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = [name for name in names if shutil.which(name) is None]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)} (on Debian: apt-get install postfix)")


def free_port():
    """
    A TCP port on 127.0.0.1 that is free now and stays so: below the ephemeral range, so that no outgoing connection takes it
    (or, while nobody listens there, connects to itself).
    """
    while True:
        port = next(_ports)
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def work_directory(parent):
    """A new directory that is removed at the end."""
    if parent is not None:
        os.makedirs(parent, exist_ok=True)
    path = tempfile.mkdtemp(prefix="mta-bench.", dir=parent or "/var/tmp")
    on_exit(lambda: shutil.rmtree(path, ignore_errors=True))
    os.chmod(path, 0o755)
    return path


def file_system(path):
    """The type of the file system that holds path: fsync costs nothing on tmpfs."""
    path = os.path.realpath(path)
    best, kind = "", "unknown"
    with open("/proc/mounts", encoding="utf-8") as mounts:
        for line in mounts:
            _, mount, fstype = line.split()[:3]
            inside = path == mount or path.startswith(mount.rstrip("/") + "/")
            if inside and len(mount) >= len(best):
                best, kind = mount, fstype
    return kind


def start(arguments, log=None, **options):
    """Starts a process that cannot outlive the benchmark."""
    output = open(log, "ab") if log else subprocess.DEVNULL
    process = subprocess.Popen(
        arguments, stdin=options.pop("stdin", subprocess.DEVNULL), stdout=options.pop("stdout", output),
        stderr=output, preexec_fn=die_with_parent, **options)
    on_exit(lambda: stop(process, 2))
    return process


def stop(process, grace):
    """SIGTERM, then SIGKILL after grace seconds. Returns the seconds it took, or None if it had to be killed."""
    if process.poll() is not None:
        return 0.0
    begun = time.monotonic()
    process.terminate()
    try:
        process.wait(grace)
        return time.monotonic() - begun
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


def wait_for(condition, seconds, what, interval=0.01):
    """Polls until condition holds; raises TimeoutError naming what was waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"gave up after {seconds:.0f} s waiting for {what}")
        time.sleep(interval)


def greets(port):
    """True if an SMTP server answers 220 on the port."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.settimeout(2)
            return connection.recv(512).startswith(b"220")
    except OSError:
        return False


def _stat(pid):
    with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
        text = file.read()
    return text[text.rindex(")") + 2:].split()


def tree(root):
    """root and its descendants that live now."""
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                children.setdefault(int(_stat(name)[1]), []).append(int(name))
            except (OSError, ValueError):
                continue
    found, queue = [], [root]
    while queue:
        pid = queue.pop()
        found.append(pid)
        queue.extend(children.get(pid, ()))
    return found


def cpu_seconds(root):
    """User and system time of root and its descendants, those that ended and were reaped included."""
    total = 0
    for pid in tree(root):
        try:
            total += sum(int(field) for field in _stat(pid)[11:15])
        except OSError:
            continue
    return total / TICKS


def cpu_seconds_of_ended():
    """User and system time of the children that have ended and were waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def resident(root):
    """Resident set of root and its descendants in octets; a page shared by two processes counts twice."""
    total = 0
    for pid in tree(root):
        try:
            with open(f"/proc/{pid}/statm", encoding="ascii") as file:
                total += int(file.read().split()[1]) * PAGE
        except OSError:
            continue
    return total


def proportional(root):
    """Proportional set size in octets: a page shared by n processes counts 1/n in each."""
    total = 0
    for pid in tree(root):
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                for line in file:
                    if line.startswith("Pss:"):
                        total += int(line.split()[1]) * 1024
        except OSError:
            continue
    return total


class MemoryWatch:
    """Samples the resident set of a process tree on a thread of its own; use as a context."""

    def __init__(self, root, interval=0.25):
        self.peak = resident(root)
        self._root, self._interval = root, interval
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def _sample(self):
        while not self._ended.wait(self._interval):
            self.peak = max(self.peak, resident(self._root))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()
