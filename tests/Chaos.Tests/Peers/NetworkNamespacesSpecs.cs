using System.Net;
using System.Net.Sockets;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Chaos.Tests.Peers;

/// <summary>What is cut apart cannot talk, and still reaches everything else.</summary>
public sealed class NetworkNamespacesSpecs
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Two_nodes_that_are_cut_apart_reach_the_hub_and_not_each_other()
    {
        await using var namespaces = await CreateAsync(3);
        await using var hub = LedgerSink.Start(address: namespaces.Hub);
        using var second = await ListenAsync(namespaces, 1);
        using var third = await ListenAsync(namespaces, 2);
        Assert.True(await ReachesAsync(namespaces, 0, (IPEndPoint)second.LocalEndpoint));

        await namespaces.CutAsync(0, 1);

        Assert.False(await ReachesAsync(namespaces, 0, (IPEndPoint)second.LocalEndpoint));
        Assert.True(await ReachesAsync(namespaces, 0, (IPEndPoint)third.LocalEndpoint));
        Assert.True(await ReachesAsync(namespaces, 0, new IPEndPoint(namespaces.Hub, hub.Port)));

        await namespaces.HealAsync();

        Assert.True(await ReachesAsync(namespaces, 0, (IPEndPoint)second.LocalEndpoint));
    }

    private static async Task<NetworkNamespaces> CreateAsync(int count)
    {
        try
        {
            return await NetworkNamespaces.CreateAsync(count);
        }
        catch (InvalidOperationException notPermitted)
        {
            Assert.Skip(notPermitted.Message);
            throw;
        }
    }

    private static Task<TcpListener> ListenAsync(NetworkNamespaces namespaces, int node) => NetworkNamespaces.RunInAsync(namespaces.NameOf(node), () =>
    {
        var listener = new TcpListener(namespaces.AddressOf(node), LoopbackPorts.Next());
        listener.Start();
        return listener;
    });

    /// <summary>Whether a connection from a node opens; silence for a second is no.</summary>
    private static async Task<bool> ReachesAsync(NetworkNamespaces namespaces, int node, IPEndPoint server)
    {
        using var socket = await NetworkNamespaces.RunInAsync(
            namespaces.NameOf(node), () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).WaitAsync(s_patience);
        using var silence = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await socket.ConnectAsync(server, silence.Token);
            return true;
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            return false;
        }
    }
}
