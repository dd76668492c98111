using System.Globalization;
using System.Net;
using Microsoft.Extensions.Time.Testing;
using MtaCluster.Node.Auth;
using MtaCluster.Node.Configuration;
using Xunit;

namespace MtaCluster.Node.Tests.Auth;

public sealed class GuessingGuardSpecs
{
    private static readonly LockOutSettings s_settings = new(4, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(15));
    private static readonly IPAddress s_home = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress s_elsewhere = IPAddress.Parse("198.51.100.1");
    private readonly FakeTimeProvider _time = new();
    private readonly GuessingGuard _guard;

    public GuessingGuardSpecs()
    {
        _guard = new GuessingGuard(s_settings, _time);
    }

    [Fact]
    public void Each_failure_waits_twice_as_long_up_to_a_limit()
    {
        var generous = new GuessingGuard(s_settings with { Failures = 100 }, _time);
        Assert.Equal([1, 2, 4, 8, 16, 16], Enumerable.Range(0, 6).Select(_ => (int)generous.Fail("alice", s_home).TotalSeconds));
    }

    [Fact]
    public void A_name_is_locked_out_from_everywhere_until_the_time_is_over()
    {
        FailTimes("alice", s_home, 3);
        Assert.True(_guard.Allows("alice", s_home));
        FailTimes("alice", s_elsewhere, 1);
        Assert.False(_guard.Allows("alice", s_home));
        Assert.False(_guard.Allows("alice", IPAddress.Parse("203.0.113.1")));
        Assert.True(_guard.Allows("bob", s_home));

        _time.Advance(s_settings.Duration);
        Assert.True(_guard.Allows("alice", s_home));
        FailTimes("alice", s_home, 3);
        Assert.True(_guard.Allows("alice", s_home));
    }

    [Fact]
    public void Failures_before_the_window_do_not_count()
    {
        FailTimes("alice", s_home, 3);
        _time.Advance(s_settings.Window);
        FailTimes("alice", s_home, 3);
        Assert.True(_guard.Allows("alice", s_home));
    }

    [Fact]
    public void Where_a_user_has_logged_in_before_others_do_not_lock_them_out()
    {
        _guard.Succeed("alice", s_home);
        FailTimes("alice", s_elsewhere, 4);
        Assert.False(_guard.Allows("alice", s_elsewhere));
        Assert.True(_guard.Allows("alice", s_home));

        for (var i = 0; i < s_settings.Failures * GuessingGuard.NetworkFactor; i++)
        {
            FailTimes($"user{i}", s_home, 1);
        }

        Assert.False(_guard.Allows(null, s_home));
        Assert.True(_guard.Allows("alice", s_home));
    }

    [Fact]
    public void There_they_are_locked_out_by_their_own_failures_and_others_are_not()
    {
        _guard.Succeed("alice", s_home);
        FailTimes("alice", s_home, 4);
        Assert.False(_guard.Allows("alice", s_home));
        Assert.True(_guard.Allows("alice", s_elsewhere));
        Assert.True(_guard.Allows("bob", s_home));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("2001:db8::1", "2001:db8::ffff:1", true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    public void A_network_is_an_address_or_a_64(string first, string second, bool isSame)
    {
        for (var i = 0; i < s_settings.Failures * GuessingGuard.NetworkFactor; i++)
        {
            FailTimes($"user{i}", IPAddress.Parse(first), 1);
        }

        Assert.Equal(!isSame, _guard.Allows("somebody", IPAddress.Parse(second)));
    }

    [Fact]
    public void Endless_names_and_networks_take_bounded_memory_and_do_not_push_out_the_last_ones()
    {
        for (var i = 0; i < 60_000; i++)
        {
            _guard.Fail(i.ToString(CultureInfo.InvariantCulture), new IPAddress(i));
        }

        FailTimes("alice", s_home, 4);
        Assert.False(_guard.Allows("alice", s_home));
        Assert.True(_guard.Allows("0", s_home));
    }

    private void FailTimes(string name, IPAddress client, int times)
    {
        for (var i = 0; i < times; i++)
        {
            _guard.Fail(name, client);
        }
    }
}
