"""One node, or several, on a private PostgreSQL."""

from . import node, postgres, processes


class Cluster:
    """As a relay: what lib.node.Node offers, for all of its nodes and the server together."""

    def __init__(self, directory, assembly, routes, shaping, count, arguments=""):
        self.server = postgres.Postgres(directory)
        addresses = [f"127.0.0.1:{processes.free_port()}" for _ in range(count)]
        storage = {"Provider": "PostgreSql", "ConnectionString": self.server.connection_string}
        self.nodes = [
            node.Node(directory, assembly, routes, shaping, arguments, {
                "Storage": storage,
                "Cluster": {"Address": address, "SeedNodes": addresses if count > 1 else []},
            })
            for address in addresses
        ]

    @property
    def ports(self):
        return [each.port for each in self.nodes]

    @property
    def pids(self):
        return [self.server.pid, *(each.pid for each in self.nodes)]

    def metric(self, name):
        """The sum of a metric over the nodes."""
        return sum(each.metric(name) or 0 for each in self.nodes)

    def last_lines(self):
        """The end of what each node logged."""
        return "\n".join(each.last_lines() for each in self.nodes)

    def stop(self):
        for each in self.nodes:
            each.stop()
        self.server.stop()
