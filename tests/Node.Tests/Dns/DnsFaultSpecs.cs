using Microsoft.Extensions.Time.Testing;
using MtaCluster.Actors.Routing;
using MtaCluster.Node.Dns;
using Xunit;

namespace MtaCluster.Node.Tests.Dns;

/// <summary>Failing servers, the cache, and many callers at once.</summary>
public sealed class DnsFaultSpecs
{
    private readonly FakeTimeProvider _time = new();
    private TimeSpan _timeout = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private DnsMxResolver Resolver(params UdpResponder[] servers) => new(
        new DnsMxResolverOptions
        {
            Servers = [.. servers.Select(server => server.Address)],
            Timeout = _timeout,
            MaximumCachedAnswers = 10,
        },
        _time);

    [Fact]
    public async Task A_server_failure_is_no_answer_and_is_not_asked_for_again_at_once()
    {
        using var server = new UdpResponder(UdpResponder.ServerFailure);
        using var resolver = Resolver(server);
        var unknown = Assert.IsType<MxResult.Unknown>(await resolver.ResolveMxAsync("example.net", Cancelled));
        Assert.Equal($"DNS server {server.Address} says SERVFAIL to MX example.net", unknown.Reason);
        Assert.Equal(1, server.Queries);
        Assert.IsType<MxResult.Unknown>(await resolver.ResolveMxAsync("example.net", Cancelled));
        Assert.Equal(1, server.Queries);
        _time.Advance(TimeSpan.FromSeconds(16));
        Assert.IsType<MxResult.Unknown>(await resolver.ResolveMxAsync("example.net", Cancelled));
        Assert.Equal(2, server.Queries);
    }

    [Fact]
    public async Task Silence_is_no_answer()
    {
        _timeout = TimeSpan.FromMilliseconds(200);
        using var server = new UdpResponder(UdpResponder.Silence);
        using var resolver = Resolver(server);
        var unknown = Assert.IsType<MxResult.Unknown>(await resolver.ResolveMxAsync("example.net", Cancelled));
        Assert.Equal($"DNS server {server.Address} does not answer MX example.net", unknown.Reason);
        await server.ReceivedAsync();
        await server.ReceivedAsync();
        Assert.Equal(2, server.Queries);
    }

    [Theory]
    [InlineData(UdpResponder.ServerFailure)]
    [InlineData(UdpResponder.Silence)]
    public async Task The_next_server_is_asked_and_from_then_on_first(int code)
    {
        _timeout = code == UdpResponder.Silence ? TimeSpan.FromSeconds(2) : _timeout;
        using var bad = new UdpResponder(code);
        using var good = new UdpResponder(UdpResponder.NameError);
        using var resolver = Resolver(bad, good);
        Assert.IsType<MxResult.NoSuchDomain>(await resolver.ResolveMxAsync("a.example", Cancelled));
        await bad.ReceivedAsync();
        Assert.IsType<MxResult.NoSuchDomain>(await resolver.ResolveMxAsync("b.example", Cancelled));
        Assert.Equal((1, 2), (bad.Queries, good.Queries));
    }

    [Fact]
    public async Task An_answer_is_kept_as_long_as_its_ttl_says()
    {
        using var server = new UdpResponder(UdpResponder.NoError) { Ttl = 100 };
        using var resolver = Resolver(server);

        // Without a SOA record the missing AAAA records are kept for a minute, and so is the whole answer.
        Assert.IsType<AddressResult.Found>(await resolver.ResolveAddressesAsync("a.example", Cancelled));
        Assert.Equal(2, server.Queries);
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.True(resolver.ResolveAddressesAsync("a.example", Cancelled).AsTask().IsCompletedSuccessfully);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.IsType<AddressResult.Found>(await resolver.ResolveAddressesAsync("a.example", Cancelled));
        Assert.Equal(4, server.Queries);
    }

    [Fact]
    public async Task A_ttl_of_nothing_still_counts_for_five_seconds()
    {
        using var server = new UdpResponder(UdpResponder.NoError) { Ttl = 0 };
        using var resolver = Resolver(server);
        await resolver.ResolveAddressesAsync("a.example", Cancelled);
        _time.Advance(TimeSpan.FromSeconds(4));
        await resolver.ResolveAddressesAsync("a.example", Cancelled);
        Assert.Equal(2, server.Queries);
        _time.Advance(TimeSpan.FromSeconds(2));
        await resolver.ResolveAddressesAsync("a.example", Cancelled);
        Assert.Equal(4, server.Queries);
    }

    [Fact]
    public async Task Many_who_ask_at_once_are_one_query()
    {
        var gate = new TaskCompletionSource();
        using var server = new UdpResponder(UdpResponder.NameError) { Gate = gate.Task };
        using var resolver = new DnsMxResolver(new DnsMxResolverOptions { Servers = [server.Address], Timeout = TimeSpan.FromSeconds(30) });
        var askers = Enumerable.Range(0, 50).Select(_ => resolver.ResolveMxAsync("a.example", Cancelled).AsTask()).ToArray();
        gate.SetResult();
        Assert.All(await Task.WhenAll(askers), answer => Assert.IsType<MxResult.NoSuchDomain>(answer));
        Assert.Equal(1, server.Queries);
    }

    [Fact]
    public async Task A_caller_that_gives_up_leaves_the_look_up_to_the_others()
    {
        var gate = new TaskCompletionSource();
        using var server = new UdpResponder(UdpResponder.NameError) { Gate = gate.Task };
        using var resolver = new DnsMxResolver(new DnsMxResolverOptions { Servers = [server.Address], Timeout = TimeSpan.FromSeconds(30) });
        using var impatient = new CancellationTokenSource();
        var first = resolver.ResolveMxAsync("a.example", impatient.Token).AsTask();
        var second = resolver.ResolveMxAsync("a.example", Cancelled).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.SetResult();
        Assert.IsType<MxResult.NoSuchDomain>(await second);
    }

    [Fact]
    public async Task The_cache_is_bounded()
    {
        using var server = new UdpResponder(UdpResponder.NameError);
        using var resolver = Resolver(server);
        for (var i = 0; i < 50; i++)
        {
            await resolver.ResolveMxAsync($"{i}.example", Cancelled);
        }

        Assert.InRange(resolver.CachedAnswers, 1, 20);
        Assert.True(resolver.ResolveMxAsync("49.example", Cancelled).AsTask().IsCompletedSuccessfully);
        Assert.Equal(50, server.Queries);
        await resolver.ResolveMxAsync("0.example", Cancelled);
        Assert.Equal(51, server.Queries);
    }
}
