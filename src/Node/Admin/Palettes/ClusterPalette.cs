using System.Collections.Immutable;
using System.Globalization;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Cluster;
using MtaCluster.Actors.Admin;

namespace MtaCluster.Node.Admin.Palettes;

/// <summary>The nodes of the cluster: who is in it, and who is to leave it.</summary>
internal static class ClusterPalette
{
    public static Palette Create() => new("cluster", "The nodes of the cluster",
    [
        new Command("show", "Every node: address, roles, status, whether it can be reached, version", ShowAsync),
        new Command("status", "The cluster as the node that is asked sees it", StatusAsync),
        new Command("leader", "The leader, and the leader of each role", LeaderAsync),
        new Command("leave", "A node hands over what it holds, leaves, and ends", LeaveAsync)
        {
            Arguments = [Parameters.Node("address", "The node; without it the one that is asked", required: false)],
            Changes = true,
        },
        new Command("down", "A node is dead for sure: the others take over what it held. If it still runs, mail is delivered twice", DownAsync)
        {
            Arguments = [Parameters.Node("address", "The node", required: true)],
            Changes = true,
        },
        new Command("down-unreachable", "All nodes that cannot be reached now are dead for sure", DownUnreachableAsync) { Changes = true },
        new Command("join", "The node that is asked joins the cluster of another one", JoinAsync)
        {
            Arguments = [Parameters.Node("address", "A node of that cluster", required: true)],
            Changes = true,
        },
        new Command("tail", "What happens to the nodes, as it happens", TailAsync) { Streams = true },
    ]);

    private static Cluster ClusterOf(CommandContext context) => Cluster.Get(context.Services.System);

    private static string StatusOf(Member member) => member.Status.ToString().ToLowerInvariant();

    private static async Task ShowAsync(CommandContext context)
    {
        var state = ClusterOf(context).State;
        foreach (var member in state.Members)
        {
            var isReachable = !state.Unreachable.Contains(member);
            var roles = member.Roles.Order(StringComparer.Ordinal).ToImmutableArray();
            await context.Replies.LineAsync(
                $"{member.Address} | [{string.Join(',', roles)}] | {StatusOf(member)} | {(isReachable ? "reachable" : "unreachable")} | {member.AppVersion}",
                new { Address = member.Address.ToString(), roles, status = StatusOf(member), isReachable, version = member.AppVersion.ToString() }).ConfigureAwait(false);
        }

        await context.Replies.LineAsync($"Count: {Texts.Number(state.Members.Count)} nodes").ConfigureAwait(false);
    }

    private static Task StatusAsync(CommandContext context)
    {
        var cluster = ClusterOf(context);
        var state = cluster.State;
        var unreachable = state.Unreachable.Select(member => member.Address.ToString()).ToImmutableArray();
        var byStatus = state.Members.GroupBy(StatusOf).ToImmutableSortedDictionary(members => members.Key, members => members.Count());
        return Card.WriteAsync(
            context.Replies,
            new
            {
                address = cluster.SelfAddress.ToString(),
                roles = cluster.SelfRoles.Order(StringComparer.Ordinal),
                status = StatusOf(cluster.SelfMember),
                leader = state.Leader?.ToString(),
                nodes = byStatus,
                unreachable,
                runningSince = context.Now - context.Services.System.Uptime,
            },
            ("Node", cluster.SelfAddress.ToString()),
            ("Roles", string.Join(", ", cluster.SelfRoles.Order(StringComparer.Ordinal))),
            ("Status", StatusOf(cluster.SelfMember)),
            ("Running for", Texts.Duration(context.Services.System.Uptime)),
            ("Leader", state.Leader?.ToString() ?? "none"),
            ("Nodes", string.Join(", ", byStatus.Select(status => $"{Texts.Number(status.Value)} {status.Key}"))),
            ("Unreachable", unreachable.IsEmpty ? "none" : string.Join(", ", unreachable)));
    }

    private static async Task LeaderAsync(CommandContext context)
    {
        var state = ClusterOf(context).State;
        var leaders = state.AllRoles.Order(StringComparer.Ordinal).Select(role => (role, leader: state.RoleLeader(role)?.ToString())).ToArray();
        await Card.WriteAsync(
            context.Replies,
            new { leader = state.Leader?.ToString(), roles = leaders.ToDictionary(role => role.role, role => role.leader) },
            [("Leader", state.Leader?.ToString() ?? "none"), .. leaders.Select(role => ("Leader of " + role.role, role.leader))]).ConfigureAwait(false);
        if (state.Leader is null)
        {
            context.Fail("there is no leader: the cluster has not converged");
        }
    }

    private static async Task LeaveAsync(CommandContext context)
    {
        var cluster = ClusterOf(context);
        if (FindMember(context, cluster.SelfAddress) is not { } address)
        {
            return;
        }

        context.Touched = 1;
        cluster.Leave(address);
        await context.Replies.LineAsync($"{address} is told to leave", new { leaving = address.ToString() }).ConfigureAwait(false);
    }

    private static async Task DownAsync(CommandContext context)
    {
        if (FindMember(context, fallback: null) is { } address)
        {
            await DownAsync(context, address).ConfigureAwait(false);
        }
    }

    private static async Task DownUnreachableAsync(CommandContext context)
    {
        var unreachable = ClusterOf(context).State.Unreachable;
        foreach (var member in unreachable)
        {
            await DownAsync(context, member.Address).ConfigureAwait(false);
        }

        if (unreachable.Count == 0)
        {
            await context.Replies.LineAsync("Every node can be reached").ConfigureAwait(false);
        }
    }

    private static Task DownAsync(CommandContext context, Address address)
    {
        context.Touched++;
        ClusterOf(context).Down(address);
        return context.Replies.LineAsync($"{address} is down", new { down = address.ToString() });
    }

    private static async Task JoinAsync(CommandContext context)
    {
        var cluster = ClusterOf(context);
        var text = context.Arguments.Text("address")!;
        if (cluster.State.Members.Count > 0)
        {
            context.Fail($"{cluster.SelfAddress} is in a cluster of {Texts.Count(cluster.State.Members.Count, "node")} already; to change clusters, let it leave and start it anew");
        }
        else if (!TryParse(text, cluster.SelfAddress, out var address))
        {
            context.Fail($"'{text}' is not host:port");
        }
        else
        {
            context.Touched = 1;
            cluster.Join(address);
            await context.Replies.LineAsync($"{cluster.SelfAddress} joins {address}", new { joining = address.ToString() }).ConfigureAwait(false);
        }
    }

    private static async Task TailAsync(CommandContext context)
    {
        var changes = Channel.CreateUnbounded<MembershipChange>();
        var watch = MembershipWatch.Start(context.Services.System, change => changes.Writer.TryWrite(change));
        try
        {
            await context.Replies.LineAsync($"Watching the cluster as {ClusterOf(context).SelfAddress} sees it").ConfigureAwait(false);
            await foreach (var (node, change) in changes.Reader.ReadAllAsync(context.Ended).ConfigureAwait(false))
            {
                var time = context.Now;
                await context.Replies.LineAsync(
                    string.Create(CultureInfo.InvariantCulture, $"{time:HH:mm:ss.fff} {node ?? "nobody"} {(change == "leader" ? "is the leader" : change)}"),
                    new { time, node, change }).ConfigureAwait(false);
            }
        }
        finally
        {
            context.Services.System.Stop(watch);
        }
    }

    private static Address? FindMember(CommandContext context, Address? fallback)
    {
        var text = context.Arguments.Text("address");
        if (text is null)
        {
            return fallback;
        }

        var members = ClusterOf(context).State.Members;
        var found = members.FirstOrDefault(member => member.Address.ToString() == text || $"{member.Address.Host}:{member.Address.Port}" == text);
        if (found is null)
        {
            context.Fail($"'{text}' is no node of this cluster; known are {string.Join(", ", members.Select(member => member.Address))}");
        }

        return found?.Address;
    }

    private static bool TryParse(string text, Address like, out Address address)
    {
        if (text.Contains("://", StringComparison.Ordinal))
        {
            return ActorPath.TryParseAddress(text, out address) && address.HasGlobalScope;
        }

        var colon = text.LastIndexOf(':');
        var isGood = colon > 0 & ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port);
        address = like.WithHost(isGood ? text[..colon] : null).WithPort(port);
        return isGood;
    }
}
