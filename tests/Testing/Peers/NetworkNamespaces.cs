using System.ComponentModel;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MtaCluster.Testing.Peers;

/// <summary>
/// A network namespace for each node, joined by routes through the namespace of the tests, where any pair of them can be cut apart: their
/// packets are then dropped in silence, while everything else still reaches both. For root only.
/// </summary>
/// <remarks>
/// Nothing of the machine's own network is changed: addresses are in a private network of its own, packets are forwarded between the new
/// interfaces only, and all of it is gone with <see cref="DisposeAsync"/>.
/// </remarks>
public sealed class NetworkNamespaces : IAsyncDisposable
{
    private const int NewNet = 0x40000000;
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(20);
    private readonly int _count;
    private readonly int _network = 1 + (Environment.ProcessId % 200);
    private readonly HashSet<(int From, int To)> _cuts = [];

    private NetworkNamespaces(int count) => _count = count;

    /// <summary>The address where the tests' own servers are reached from all namespaces.</summary>
    public IPAddress Hub => Address(254);

    /// <summary>Makes some and joins them.</summary>
    /// <exception cref="InvalidOperationException">This machine or user does not permit it; the message says what failed.</exception>
    public static async Task<NetworkNamespaces> CreateAsync(int count)
    {
        if (!Environment.IsPrivilegedProcess || PeerPrograms.Find("ip") is null)
        {
            throw new InvalidOperationException("network namespaces need root and the program ip");
        }

        var namespaces = new NetworkNamespaces(count);
        try
        {
            await namespaces.BuildAsync().ConfigureAwait(false);
            return namespaces;
        }
        catch
        {
            await namespaces.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The command that runs a program in a namespace.</summary>
    public static IReadOnlyList<string> Enter(string space) => ["ip", "netns", "exec", space];

    /// <summary>The name of a node's namespace.</summary>
    public string NameOf(int node) => string.Create(CultureInfo.InvariantCulture, $"mta{_network}n{node}");

    /// <summary>The address of a node.</summary>
    public IPAddress AddressOf(int node) => Address((node * 4) + 2);

    /// <summary>Cuts two nodes apart, in both directions.</summary>
    public async Task CutAsync(int one, int other)
    {
        foreach (var (from, to) in Directions(one, other))
        {
            if (_cuts.Add((from, to)))
            {
                await RuleAsync("add", from, to).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Joins everything again.</summary>
    public async Task HealAsync()
    {
        foreach (var (from, to) in _cuts)
        {
            await RuleAsync("del", from, to).ConfigureAwait(false);
        }

        _cuts.Clear();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await HealAsync().ConfigureAwait(false);
        for (var node = 0; node < _count; node++)
        {
            await TryAsync("netns", "del", NameOf(node)).ConfigureAwait(false);
            await TryAsync("link", "del", Link(node)).ConfigureAwait(false);
        }

        await TryAsync("address", "del", $"{Hub}/32", "dev", "lo").ConfigureAwait(false);
    }

    /// <summary>Runs something short on a thread in a namespace.</summary>
    public static Task<T> RunInAsync<T>(string space, Func<T> action)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            // The thread ends in the namespace: it is never used for anything else.
            try
            {
                using var file = File.OpenHandle($"/run/netns/{space}");
                if (SetNamespace(file, NewNet) != 0)
                {
                    throw new Win32Exception(Marshal.GetLastPInvokeError());
                }

                result.SetResult(action());
            }
            catch (Exception error)
            {
                result.SetException(error);
            }
        }).Start();
        return result.Task;
    }

    private static (int From, int To)[] Directions(int one, int other) => [(one, other), (other, one)];

    private static async Task RunAsync(params string[] arguments)
    {
        var result = await ChildProcess.RunAsync("ip", arguments, s_timeout).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {result.Output}");
        }
    }

    private static Task<ProgramResult> TryAsync(params string[] arguments) => ChildProcess.RunAsync("ip", arguments, s_timeout);

    [DllImport("libc", EntryPoint = "setns", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetNamespace(SafeFileHandle space, int kind);

    private IPAddress Address(int host) => new([10, 231, (byte)_network, (byte)host]);

    private string Link(int node) => string.Create(CultureInfo.InvariantCulture, $"mta{_network}v{node}");

    private async Task BuildAsync()
    {
        // What a process that was killed left behind.
        await DisposeAsync().ConfigureAwait(false);
        await RunAsync("address", "add", $"{Hub}/32", "dev", "lo").ConfigureAwait(false);
        for (var node = 0; node < _count; node++)
        {
            var (space, link, peer) = (NameOf(node), Link(node), Link(node) + "p");
            var near = Address((node * 4) + 1);
            await RunAsync("netns", "add", space).ConfigureAwait(false);
            await RunAsync("link", "add", link, "type", "veth", "peer", "name", peer, "netns", space).ConfigureAwait(false);
            await RunAsync("address", "add", $"{near}/30", "dev", link).ConfigureAwait(false);
            await RunAsync("link", "set", link, "up").ConfigureAwait(false);
            await RunAsync("-n", space, "address", "add", $"{AddressOf(node)}/30", "dev", peer).ConfigureAwait(false);
            await RunAsync("-n", space, "link", "set", peer, "up").ConfigureAwait(false);
            await RunAsync("-n", space, "link", "set", "lo", "up").ConfigureAwait(false);
            await RunAsync("-n", space, "route", "add", "default", "via", near.ToString()).ConfigureAwait(false);
            await File.WriteAllTextAsync($"/proc/sys/net/ipv4/conf/{link}/forwarding", "1").ConfigureAwait(false);
        }
    }

    private Task RuleAsync(string verb, int from, int to) =>
        RunAsync("rule", verb, "from", AddressOf(from).ToString(), "to", AddressOf(to).ToString(), "type", "blackhole");
}
