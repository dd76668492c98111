using System.IO.Pipelines;
using System.Net;
using Microsoft.Extensions.Time.Testing;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Smtp.Gate;
using Xunit;

namespace MtaCluster.Node.Tests.Smtp.Gate;

/// <summary>Clients that speak too soon, too wrongly or too slowly.</summary>
public sealed class SlowClientSpecs
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly Pipe _pipe = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_waits_for_the_greeting_gets_it_after_the_delay()
    {
        var watch = EarlyTalker.WatchAsync(_pipe.Reader, 2 * s_second, _time).AsTask();
        _time.Advance(s_second);
        Assert.False(watch.IsCompleted);
        _time.Advance(s_second);
        Assert.Equal(BeforeGreeting.Waited, await watch);

        await _pipe.Writer.WriteAsync("EHLO x\r\n"u8.ToArray(), Stop);
        Assert.Equal(8, (await _pipe.Reader.ReadAsync(Stop)).Buffer.Length);
    }

    [Fact]
    public async Task Who_speaks_before_the_greeting_is_known_at_once()
    {
        var watch = EarlyTalker.WatchAsync(_pipe.Reader, 2 * s_second, _time).AsTask();
        await _pipe.Writer.WriteAsync("E"u8.ToArray(), Stop);
        Assert.Equal(BeforeGreeting.Spoke, await watch);
        Assert.Equal("554 5.5.1 You spoke before the greeting, closing", GateReplies.EarlyTalker.ToString());

        // It is still there, for whoever wants to see what it was.
        Assert.Equal(1, (await _pipe.Reader.ReadAsync(Stop)).Buffer.Length);
    }

    [Fact]
    public async Task Who_leaves_before_the_greeting_is_known_at_once()
    {
        var watch = EarlyTalker.WatchAsync(_pipe.Reader, 2 * s_second, _time).AsTask();
        await _pipe.Writer.CompleteAsync();
        Assert.Equal(BeforeGreeting.Left, await watch);
    }

    [Fact]
    public async Task The_delay_is_cut_short_by_whoever_cancels_the_read()
    {
        var watch = EarlyTalker.WatchAsync(_pipe.Reader, 2 * s_second, _time).AsTask();
        _pipe.Reader.CancelPendingRead();
        Assert.Equal(BeforeGreeting.Waited, await watch);
        Assert.Equal(BeforeGreeting.Waited, await EarlyTalker.WatchAsync(_pipe.Reader, TimeSpan.Zero, _time));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 0)]
    [InlineData(4, 1)]
    [InlineData(5, 2)]
    [InlineData(12, 9)]
    [InlineData(13, 10)]
    [InlineData(int.MaxValue, 10)]
    public void Replies_to_errors_come_later_and_later(int errors, int seconds)
        => Assert.Equal(seconds * s_second, new Tarpit(TarpitSettings.Default, _time).DelayOf(errors));

    [Fact]
    public async Task The_tarpit_waits_and_lets_go_when_the_connection_ends()
    {
        var tarpit = new Tarpit(TarpitSettings.Default, _time);
        Assert.True(tarpit.WaitAsync(3, Stop).IsCompleted);
        Assert.True(new Tarpit(new TarpitSettings(0, TimeSpan.Zero, TimeSpan.Zero), _time).WaitAsync(100, Stop).IsCompleted);

        var wait = tarpit.WaitAsync(4, Stop);
        Assert.False(wait.IsCompleted);
        _time.Advance(s_second);
        await wait;

        using var ended = new CancellationTokenSource();
        var cut = tarpit.WaitAsync(4, ended.Token);
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cut);
    }

    [Fact]
    public void Who_sends_at_the_minimum_rate_is_waited_for_until_the_whole_time_is_over()
    {
        var pace = new ContentPace(100, TimeSpan.FromMinutes(10));
        for (var second = 0; second < 600; second += 10)
        {
            Assert.False(pace.IsTooSlow);
            pace.Received(1000, 10 * s_second);
        }

        Assert.True(pace.IsTooSlow);
    }

    [Fact]
    public void Who_sends_an_octet_now_and_then_is_cut_off_after_a_minute()
    {
        var pace = new ContentPace(100, TimeSpan.FromHours(1));
        var waited = TimeSpan.Zero;
        while (!pace.IsTooSlow)
        {
            waited += 5 * s_second;
            pace.Received(1, 5 * s_second);
        }

        Assert.Equal(65 * s_second, waited);
    }

    [Fact]
    public void What_came_fast_does_not_pay_for_more_than_a_minute_of_silence()
    {
        var pace = new ContentPace(100, TimeSpan.FromHours(1));
        pace.Received(100_000_000, s_second);
        Assert.Equal(ContentPace.Window, pace.Patience);
        pace.Received(0, TimeSpan.FromSeconds(59));
        Assert.Equal(s_second, pace.Patience);
    }

    [Fact]
    public void Without_a_minimum_only_the_whole_time_counts()
    {
        var pace = new ContentPace(0, TimeSpan.FromMinutes(5));
        Assert.Equal(TimeSpan.FromMinutes(5), pace.Patience);
        pace.Received(1, TimeSpan.FromMinutes(5));
        Assert.True(pace.IsTooSlow);
    }

    [Fact]
    public void A_flood_of_refusals_is_a_line_now_and_then()
    {
        using var log = new CountingLogger();
        var refusals = new RefusalLog(_time, log);
        for (var i = 0; i < 100; i++)
        {
            refusals.Tell(IPAddress.Loopback, GateReplies.TooMany);
            refusals.Tell(IPAddress.Loopback, GateReplies.Full);
        }

        Assert.Equal(2, log.Lines.Count);
        _time.Advance(RefusalLog.Interval);
        refusals.Tell(IPAddress.Parse("192.0.2.1"), GateReplies.TooMany);
        Assert.EndsWith("untold=99", log.Lines[2], StringComparison.Ordinal);
        Assert.Contains("client=192.0.2.1", log.Lines[2], StringComparison.Ordinal);
    }
}
