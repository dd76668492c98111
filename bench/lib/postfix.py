"""A private Postfix: its own configuration, queue and data directories, loopback and free ports only."""

import os
import shutil
import signal
import subprocess
import sys
import time

from . import processes

# What a good operator of a relay sets: no look-ups that a relay does not need, connections reused, enough processes, no
# artificial delays. Durability is as shipped: cleanup(8) fsyncs each queue file before the 250.
_MAIN = """
compatibility_level = 3.6
queue_directory = {base}/queue
data_directory = {base}/data
maillog_file = {base}/log/mail.log
maillog_file_prefixes = {base}/log
mail_owner = postfix
setgid_group = postdrop
myhostname = postfix.example.net
mydestination =
local_recipient_maps =
local_transport = error:no local delivery
alias_maps =
alias_database =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{next_hop}
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions =
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_tls_security_level = none
smtp_tls_security_level = none
smtp_dns_support_level = disabled
smtp_host_lookup = native
in_flow_delay = 0
header_checks =
default_process_limit = {processes}
smtp_destination_concurrency_limit = {connections}
initial_destination_concurrency = {connections}
smtp_connection_cache_destinations = [127.0.0.1]:{next_hop}
smtp_connection_reuse_count_limit = {messages_per_connection}
qmgr_message_active_limit = 20000
message_size_limit = 52428800
mailbox_size_limit = 0
"""

_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
"""


class Postfix:
    """One running instance; ended by the process id of its master."""

    name = "Postfix"

    def __init__(self, directory, next_hop, connections=20, messages_per_connection=100, process_limit=120):
        if os.geteuid() != 0:
            sys.exit("a private Postfix needs root: its master process starts daemons as another user")
        self.port = processes.free_port()
        self.base = os.path.join(directory, f"postfix-{self.port}")
        for name in ("etc", "queue", "data", "log"):
            os.makedirs(os.path.join(self.base, name))
        shutil.chown(os.path.join(self.base, "data"), "postfix", "postfix")
        self._etc = os.path.join(self.base, "etc")
        values = {"base": self.base, "next_hop": next_hop, "connections": connections, "port": self.port,
                  "messages_per_connection": messages_per_connection, "processes": process_limit}
        for name, text in (("main.cf", _MAIN), ("master.cf", _MASTER)):
            with open(os.path.join(self._etc, name), "w", encoding="utf-8") as file:
                file.write(text.format(**values).lstrip())
        self._log = os.path.join(self.base, "log", "start.log")
        self.pid = None
        processes.on_exit(self.stop)
        self._postfix("start")
        with open(os.path.join(self.base, "queue", "pid", "master.pid"), encoding="ascii") as file:
            self.pid = int(file.read())
        processes.wait_for(lambda: processes.greets(self.port), 20, "Postfix")

    def _postfix(self, verb):
        with open(self._log, "ab") as log:
            status = subprocess.call(["postfix", "-c", self._etc, verb], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if status != 0:
            with open(self._log, encoding="utf-8", errors="replace") as log:
                raise RuntimeError(f"postfix {verb} failed:\n{log.read()}")

    def stop(self):
        """SIGTERM to the master, which ends its daemons; SIGKILL to whatever is left after five seconds."""
        if self.pid is None:
            return
        family, self.pid = processes.tree(self.pid), None
        _signal(family[0], signal.SIGTERM)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and any(os.path.exists(f"/proc/{pid}") for pid in family):
            time.sleep(0.05)
        for pid in family:
            _signal(pid, signal.SIGKILL)
        shutil.rmtree(self.base, ignore_errors=True)


def _signal(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
