"""A private PostgreSQL as it is shipped (fsync=on, synchronous_commit=on), on a free port of 127.0.0.1, in a directory of the benchmark."""

import glob
import os
import pwd
import shutil
import socket
import subprocess
import sys

from . import processes


def _programs():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"), key=lambda path: int(path.split("/")[4]))
    path = found[-1] if found else shutil.which("postgres")
    if not path:
        sys.exit("not installed: postgresql (on Debian: apt-get install postgresql)")
    return os.path.dirname(path)


def _as_user():
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return [], None
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return ["setpriv", "--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups", "--"], user
    sys.exit("PostgreSQL needs a user that is not root")


class Postgres:
    """One server, with one empty database."""

    def __init__(self, directory):
        self.port = processes.free_port()
        self.base = os.path.join(directory, f"postgres-{self.port}")
        os.makedirs(self.base)
        prefix, user = _as_user()
        if user:
            os.chown(self.base, user.pw_uid, user.pw_gid)
        programs, data = _programs(), os.path.join(self.base, "data")
        subprocess.run([*prefix, os.path.join(programs, "initdb"), "-D", data, "-U", "mta", "-A", "trust", "-E", "UTF8", "--locale=C"],
                       check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/")
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.base,
                    "shared_buffers": "256MB", "max_wal_size": "2GB", "max_connections": 200}
        command = [*prefix, os.path.join(programs, "postgres"), "-D", data]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self.process = processes.start(command, log=os.path.join(self.base, "log"), cwd="/")
        processes.wait_for(self._listens, 30, "PostgreSQL")
        self.connection_string = f"Host=127.0.0.1;Port={self.port};Username=mta;Database=postgres"

    @property
    def pid(self):
        return self.process.pid

    def _listens(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1):
                return True
        except OSError:
            return False

    def stop(self):
        # SIGINT is PostgreSQL's fast shutdown: SIGTERM would wait for its clients.
        self.process.send_signal(2)
        processes.stop(self.process, 15)
        shutil.rmtree(self.base, ignore_errors=True)
