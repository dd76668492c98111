using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using MtaCluster.Actors.Routing;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Smtp.Gate;
using Xunit;

namespace MtaCluster.Node.Tests.Smtp.Gate;

public sealed class ConnectionGateSpecs : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly RecordingRates _rates = new();
    private readonly InboundSettings _settings = new()
    {
        Connections = 5,
        ConnectionsPerClient = 2,
        ConnectionRatePerClient = new Rate(3, TimeSpan.FromMinutes(1)),
        ExemptFrom = [IPNetwork.Parse("10.0.0.0/8")],
    };

    private readonly LoadShedding _shedding;
    private readonly ConnectionGate _gate;
    private double _load;

    public ConnectionGateSpecs()
    {
        _shedding = new LoadShedding(_settings, () => new MemoryLoad(_load), () => { }, () => 0, _time, NullLogger.Instance);
        _gate = new ConnectionGate(_settings, _shedding, _rates);
    }

    public void Dispose() => _shedding.Dispose();

    [Fact]
    public async Task A_client_has_so_many_connections_and_as_one_ends_another_may_begin()
    {
        var first = await EnterAsync("192.0.2.1");
        using var second = await EnterAsync("192.0.2.1");
        Assert.Equal("421 4.7.0 Too many connections from your address, close some or try again later", (await EnterAsync("192.0.2.1")).Refusal!.ToString());
        using var other = await EnterAsync("192.0.2.2");
        Assert.Null(other.Refusal);

        first.Dispose();
        first.Dispose();
        using var third = await EnterAsync("192.0.2.1");
        Assert.Null(third.Refusal);
        Assert.Same(GateReplies.TooMany, (await EnterAsync("192.0.2.1")).Refusal);
        Assert.Equal(3, _gate.Open);
    }

    [Fact]
    public async Task A_network_of_sixty_four_bits_is_one_client_and_a_mapped_address_is_the_one_it_maps()
    {
        await EnterAsync("2001:db8:0:1::1");
        await EnterAsync("2001:db8:0:1:ffff::2");
        Assert.Same(GateReplies.TooMany, (await EnterAsync("2001:db8:0:1::3")).Refusal);
        Assert.Null((await EnterAsync("2001:db8:0:2::1")).Refusal);

        await EnterAsync("192.0.2.1");
        await EnterAsync("::ffff:192.0.2.1");
        Assert.Equal(2, _gate.Clients - 1);
        Assert.Equal(
            ["2001:db8:0:1::/64", "2001:db8:0:2::/64", "192.0.2.1"],
            _rates.Asked.Select(asked => asked.Split(' ')[1]).Distinct());
    }

    [Fact]
    public async Task All_clients_together_have_so_many_connections_the_exempt_ones_as_well()
    {
        for (var i = 0; i < 5; i++)
        {
            Assert.Null((await EnterAsync("10.0.0.1")).Refusal);
        }

        Assert.Equal("421 4.3.2 Too many connections, try again later", (await EnterAsync("10.0.0.1")).Refusal!.ToString());
        Assert.Same(GateReplies.Full, (await EnterAsync("192.0.2.1")).Refusal);
        Assert.Empty(_rates.Asked);
    }

    [Fact]
    public async Task Who_connects_too_often_is_refused_and_takes_no_room()
    {
        _rates.Answer = false;

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("421 4.7.0 Too many new connections from your address, try again later", (await EnterAsync("192.0.2.1")).Refusal!.ToString());
        }

        Assert.Equal("connections 192.0.2.1 3/m", _rates.Asked.Distinct().Single());
        Assert.Equal((0, 0), (_gate.Open, _gate.Clients));
    }

    [Fact]
    public async Task Under_pressure_nobody_is_let_in()
    {
        _load = 0.99;
        _time.Advance(LoadShedding.LookInterval);

        Assert.Equal("421 4.3.2 Overloaded, try again later", (await EnterAsync("10.0.0.1")).Refusal!.ToString());
    }

    [Fact]
    public async Task Nothing_is_kept_of_clients_that_have_gone()
    {
        for (var i = 0; i < 1000; i++)
        {
            using var admission = await EnterAsync($"192.0.{i / 256}.{i % 256}");
            Assert.Null(admission.Refusal);
        }

        Assert.Equal((0, 0), (_gate.Open, _gate.Clients));
    }

    [Fact]
    public async Task Counts_hold_for_clients_that_come_and_go_at_once()
    {
        var most = 0;
        var open = 0;
        await Parallel.ForAsync(0, 2000, TestContext.Current.CancellationToken, async (_, _) =>
        {
            using var admission = await EnterAsync("10.1.2.3");
            if (admission.Refusal is null)
            {
                var now = Interlocked.Increment(ref open);
                int before;
                while ((before = Volatile.Read(ref most)) < now && Interlocked.CompareExchange(ref most, now, before) != before)
                {
                }

                await Task.Yield();
                Interlocked.Decrement(ref open);
            }
        });

        Assert.InRange(most, 1, 5);
        Assert.Equal(0, _gate.Open);
    }

    private ValueTask<ConnectionGate.Admission> EnterAsync(string client) => _gate.EnterAsync(IPAddress.Parse(client));
}
