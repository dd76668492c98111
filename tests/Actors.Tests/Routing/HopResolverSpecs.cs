using System.Net;
using System.Net.Sockets;
using MtaCluster.Actors.Routing;
using MtaCluster.Testing.Routing;
using Xunit;

namespace MtaCluster.Actors.Tests.Routing;

public sealed class HopResolverSpecs
{
    private static readonly AddressResult s_unknown = new AddressResult.Unknown("time-out");

    private readonly StaticMxResolver _dns = new();

    private async Task<HopAddresses> ResolveAsync(HopPlan plan, int seed = 1, params string[] listeners) =>
        await new HopResolver(_dns, listeners.Select(IPEndPoint.Parse), [IPAddress.Parse("192.0.2.99")])
            .AddressesAsync(plan, new Random(seed), TestContext.Current.CancellationToken);

    private static HopPlan Plan(params (int Preference, string Name)[] hosts) =>
        new([.. hosts.Select(host => new MxHost(host.Name, host.Preference))], 25, Lmtp: false, null);

    private static string[] Attempts(HopAddresses result) =>
        [.. Assert.IsType<HopAddresses.Found>(result).Attempts.Select(attempt => $"{attempt.Host} {attempt.EndPoint}")];

    private static string Code(HopAddresses result) => result switch
    {
        HopAddresses.Fail fail => fail.Reply.ToString()[..9],
        HopAddresses.Defer defer => defer.Reply.ToString()[..9],
        _ => "found",
    };

    [Fact]
    public async Task Hosts_come_by_preference_and_equals_at_random()
    {
        _dns.Address("a", "192.0.2.1").Address("b", "192.0.2.2").Address("c", "192.0.2.3");
        var orders = new HashSet<string>();
        for (var seed = 0; seed < 50; seed++)
        {
            var attempts = Attempts(await ResolveAsync(Plan((20, "c"), (10, "a"), (10, "b")), seed));
            Assert.Equal("c 192.0.2.3:25", attempts[2]);
            orders.Add(attempts[0]);
        }

        Assert.Equal(["a 192.0.2.1:25", "b 192.0.2.2:25"], orders.Order());
    }

    [Fact]
    public async Task The_families_of_a_host_take_turns()
    {
        _dns.Address("a", "192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1", "2001:db8::2");
        var firsts = new HashSet<AddressFamily>();
        for (var seed = 0; seed < 50; seed++)
        {
            var found = Assert.IsType<HopAddresses.Found>(await ResolveAsync(Plan((1, "a")), seed));
            var families = found.Attempts.Select(attempt => attempt.EndPoint.AddressFamily).ToArray();
            Assert.Equal(5, families.Length);
            Assert.NotEqual(families[0], families[1]);
            Assert.NotEqual(families[1], families[2]);
            Assert.NotEqual(families[2], families[3]);
            firsts.Add(families[0]);
        }

        Assert.Equal(2, firsts.Count);
    }

    [Fact]
    public async Task An_address_is_its_own_host_and_a_unix_socket_is_itself()
    {
        Assert.Equal(["192.0.2.7 192.0.2.7:25"], Attempts(await ResolveAsync(Plan((0, "192.0.2.7")))));
        Assert.Equal(["/run/lmtp /run/lmtp"], Attempts(await ResolveAsync(new HopPlan([], 0, true, "/run/lmtp"))));
    }

    [Fact]
    public async Task Hosts_without_an_address_are_left_out_and_so_are_addresses_that_are_no_hosts()
    {
        _dns.Address("a", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1", "::ffff:192.0.2.5", "192.0.2.5");
        Assert.Equal(["a 192.0.2.5:25"], Attempts(await ResolveAsync(Plan((1, "none"), (2, "a")))));
    }

    [Fact]
    public async Task No_more_than_ten_attempts_are_made()
    {
        _dns.Address("a", [.. Enumerable.Range(1, 8).Select(i => $"192.0.2.{i}")]);
        _dns.Address("b", [.. Enumerable.Range(11, 8).Select(i => $"192.0.2.{i}")]);
        Assert.Equal(10, Attempts(await ResolveAsync(Plan((1, "a"), (2, "b")))).Length);
    }

    [Fact]
    public async Task A_host_that_is_not_known_now_is_passed_over_if_there_is_another_and_waited_for_if_not()
    {
        _dns.Address("slow", s_unknown).Address("a", "192.0.2.1");
        Assert.Equal(["a 192.0.2.1:25"], Attempts(await ResolveAsync(Plan((1, "slow"), (2, "a")))));
        Assert.Equal("451 4.4.3", Code(await ResolveAsync(Plan((1, "none"), (2, "slow")))));
    }

    [Fact]
    public async Task Without_any_address_mail_bounces_unless_the_operator_named_the_hop()
    {
        Assert.Equal("550 5.4.4", Code(await ResolveAsync(Plan((1, "none")))));
        Assert.Equal("451 4.3.5", Code(await ResolveAsync(Plan((1, "none")) with { IsConfigured = true })));
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1:25", true)]
    [InlineData("127.0.0.1", "127.0.0.1:26", false)]
    [InlineData("127.0.0.1", "127.0.0.2:25", false)]
    [InlineData("127.0.0.9", "0.0.0.0:25", true)]
    [InlineData("192.0.2.99", "[::]:25", true)]
    [InlineData("::1", "[::]:25", true)]
    [InlineData("::ffff:192.0.2.99", "0.0.0.0:25", true)]
    [InlineData("192.0.2.98", "0.0.0.0:25", false)]
    public async Task Our_own_listeners_are_never_connected_to(string address, string listener, bool isOurs)
    {
        _dns.Address("a", address);
        Assert.Equal(isOurs ? "554 5.4.6" : "found", Code(await ResolveAsync(Plan((1, "a")), 1, listener)));
        Assert.Equal(isOurs ? "554 5.4.6" : "found", Code(await ResolveAsync(Plan((1, "a")) with { IsConfigured = true }, 1, listener)));
    }

    [Fact]
    public async Task Where_an_address_is_ours_only_better_mail_exchangers_remain()
    {
        _dns.Address("better", "192.0.2.1").Address("us", "127.0.0.1").Address("equal", "192.0.2.2").Address("worse", "192.0.2.3");
        var plan = Plan((1, "better"), (2, "us"), (2, "equal"), (3, "worse"));
        Assert.Equal(["better 192.0.2.1:25"], Attempts(await ResolveAsync(plan, 1, "127.0.0.1:25")));
        _dns.Address("better", s_unknown);
        Assert.Equal("451 4.4.3", Code(await ResolveAsync(plan, 1, "127.0.0.1:25")));
    }
}
