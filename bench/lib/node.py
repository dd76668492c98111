"""The node in Release: built once, started with a fresh data directory, asked through its admin endpoint."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import urllib.error
import urllib.request

from . import processes

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_METRIC = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{[^}]*\})? (\S+)", re.MULTILINE)


def build(folder="src/Node"):
    """Builds a project, the node if none is given, in Release and returns the path of its assembly."""
    name = os.path.basename(folder)
    print(f"building {folder} (Release) …", file=sys.stderr, flush=True)
    project = os.path.join(ROOT, folder, f"{name}.csproj")
    done = subprocess.run(
        ["dotnet", "build", project, "-c", "Release", "-v", "quiet", "--nologo"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{folder} does not build:\n{done.stdout}{done.stderr}")
    return os.path.join(ROOT, folder, "bin", "Release", "net10.0", f"MtaCluster.{name}.dll")


class Node:
    """One running node."""

    name = "node"

    def __init__(self, directory, assembly, routes, shaping, arguments="", settings=None):
        self.port, self.admin = processes.free_port(), processes.free_port()
        self.base = os.path.join(directory, f"node-{self.port}")
        os.makedirs(self.base)
        self._assembly, self._arguments = assembly, shlex.split(arguments)
        self._configuration = os.path.join(self.base, "node.json")
        self.log = os.path.join(self.base, "node.log")
        mta = {
            "Hostname": "node.example.net",
            "DataDirectory": os.path.join(self.base, "data"),
            "Listeners": [{"Name": "mx", "Address": f"127.0.0.1:{self.port}", "RelayFrom": ["127.0.0.0/8"]}],
            "Routes": routes,
            "Shaping": shaping,
            "Cluster": {"Address": f"127.0.0.1:{processes.free_port()}"},
            "Admin": {"Address": f"127.0.0.1:{self.admin}"},
            **(settings or {}),
        }
        with open(self._configuration, "w", encoding="utf-8") as file:
            json.dump({"Mta": mta}, file, indent=2)
        self.process = None
        self.start()

    @property
    def pid(self):
        return self.process.pid

    def start(self, seconds=60):
        """Starts on the same configuration and data, and waits for the greeting."""
        command = ["dotnet", self._assembly, "--config", self._configuration, *self._arguments]
        self.process = processes.start(command, log=self.log, cwd=self.base)
        try:
            processes.wait_for(self._ready, seconds, "the node's greeting", 0.02)
        except TimeoutError as error:
            raise RuntimeError(f"{error}\n{self.last_lines()}") from None

    def _ready(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"the node ended with status {self.process.returncode}\n{self.last_lines()}")
        return processes.greets(self.port)

    def last_lines(self):
        """The end of what the node logged."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-20:])

    def metrics(self, collect=False):
        """The samples of /metrics, those of one name summed; with collect, after a full garbage collection."""
        url = f"http://127.0.0.1:{self.admin}/metrics" + ("?collect=1" if collect else "")
        with urllib.request.urlopen(url, timeout=60) as response:
            text = response.read().decode()
        totals = {}
        for name, value in _METRIC.findall(text):
            totals[name] = totals.get(name, 0.0) + float(value)
        return totals

    def metric(self, name, collect=False):
        """One metric, or None if the node does not offer it."""
        try:
            return self.metrics(collect).get(name)
        except (OSError, urllib.error.URLError):
            return None

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def stop(self, keep=False):
        """SIGTERM; returns the seconds of the drain, or None if it had to be killed after 15."""
        taken = processes.stop(self.process, 15)
        if not keep:
            shutil.rmtree(self.base, ignore_errors=True)
        return taken


def relay_settings(sink, connections, messages_per_connection):
    """Routes and shaping that send everything to one port."""
    routes = [{"Domain": "*", "NextHop": f"[127.0.0.1]:{sink}"}]
    shaping = [{"Match": "*", "Connections": connections, "MessagesPerConnection": messages_per_connection}]
    return routes, shaping
