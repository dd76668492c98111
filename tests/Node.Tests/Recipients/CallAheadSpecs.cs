using System.Net;
using Microsoft.Extensions.Time.Testing;
using MtaCluster.Actors.Delivery;
using MtaCluster.Actors.Routing;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Net;
using MtaCluster.Node.Recipients;
using MtaCluster.Protocol.Smtp;
using MtaCluster.Testing.Peers;
using MtaCluster.Testing.Routing;
using Xunit;

namespace MtaCluster.Node.Tests.Recipients;

public sealed class CallAheadSpecs
{
    private readonly FakeTimeProvider _time = new();
    private readonly RecordedLog<CallAhead> _log = new();
    private readonly List<string> _asked = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private CallAhead Ask(int port, CallAheadSettings? settings = null, ISmtpConnector? connector = null)
    {
        var resolver = new StaticMxResolver();
        var hop = NextHop.TryParse($"[127.0.0.1]:{port}", out var next) ? next : throw new ArgumentException("no hop");
        return new CallAhead(settings ?? new CallAheadSettings(), new CallAheadServices(
            "me.example",
            StartTls: true,
            new RoutePlanner(resolver, [new RouteRule(DomainPattern.Any.Instance, hop)], new ShapingTable([]), "me.example"),
            new HopResolver(resolver, [], []),
            connector ?? new TcpSmtpConnector(),
            _time,
            _log));
    }

    private LedgerSink Hop(string? reply) => LedgerSink.Start(new SinkScript
    {
        OnRecipient = recipient =>
        {
            lock (_asked)
            {
                _asked.Add(recipient);
            }

            return reply;
        },
    });

    [Theory]
    [InlineData(null, "Known")]
    [InlineData("250 2.1.5 ok", "Known")]
    [InlineData("251 2.1.5 will forward", "Known")]
    [InlineData("550 5.1.1 no such user", "Unknown 550 5.1.1 no such user")]
    [InlineData("553 go away", "Unknown 553 go away")]
    [InlineData("550 5.1.1 caf\u00e9\tbar", "Unknown 550 5.1.1 caf? bar")]
    [InlineData("550 5.7.1 your address is blocked", "Known")]
    [InlineData("554 5.5.1 bad sequence", "Known")]
    [InlineData("450 4.2.0 greylisted", "Known")]
    [InlineData("421 4.3.2 closing", "Known")]
    [InlineData("hello", "Known")]
    public async Task The_next_hop_decides_and_only_a_clear_no_is_one(string? reply, string expected)
    {
        await using var hop = Hop(reply);
        using var ask = Ask(hop.Port);
        var (presence, text) = await ask.AskAsync(RecipientFiles.Box("ann@example.net"), Stop);
        Assert.Equal(expected, $"{presence} {text}".Trim());
        Assert.Equal(["ann@example.net"], _asked);
        Assert.Empty(hop.Received);
    }

    [Theory]
    [InlineData(550, null, true)]
    [InlineData(551, null, true)]
    [InlineData(553, null, true)]
    [InlineData(552, null, false)]
    [InlineData(554, null, false)]
    [InlineData(550, "5.0.0", true)]
    [InlineData(550, "5.1.1", true)]
    [InlineData(550, "5.1.2", true)]
    [InlineData(556, "5.1.10", true)]
    [InlineData(550, "5.1.7", false)]
    [InlineData(550, "5.1.8", false)]
    [InlineData(550, "5.2.1", true)]
    [InlineData(552, "5.2.2", false)]
    [InlineData(550, "5.4.1", false)]
    [InlineData(550, "5.7.1", false)]
    [InlineData(450, "4.1.1", false)]
    [InlineData(250, "2.1.5", false)]
    public void These_replies_mean_that_nobody_is_there(int code, string? enhanced, bool isNo)
    {
        var status = EnhancedStatusCode.TryParse(enhanced, out var parsed) ? parsed : default(EnhancedStatusCode?);
        Assert.Equal(isNo, CallAhead.IsNoSuchMailbox(new SmtpReply(code, status, "x")));
    }

    [Fact]
    public async Task An_answer_is_remembered_for_its_time()
    {
        await using var hop = Hop("550 5.1.1 no");
        using var ask = Ask(hop.Port);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(Presence.Unknown, (await ask.AskAsync(RecipientFiles.Box("ann@example.net"), Stop)).Presence);
        }

        Assert.Single(_asked);
        _time.Advance(TimeSpan.FromMinutes(11));
        await ask.AskAsync(RecipientFiles.Box("ann@example.net"), Stop);
        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public async Task A_question_that_many_have_is_asked_once()
    {
        var release = new TaskCompletionSource();
        await using var hop = Hop(null);
        using var ask = Ask(hop.Port, connector: new GatedConnector(release.Task));
        var answers = Enumerable.Range(0, 20).Select(_ => ask.AskAsync(RecipientFiles.Box("ann@example.net"), Stop).AsTask()).ToArray();
        release.SetResult();
        Assert.All(await Task.WhenAll(answers), answer => Assert.Equal(Presence.Known, answer.Presence));
        Assert.Equal((1, 1), (_asked.Count, hop.TotalConnections));
    }

    [Fact]
    public async Task No_more_than_so_many_questions_are_asked_at_once()
    {
        var release = new TaskCompletionSource();
        await using var hop = Hop(null);
        var connector = new GatedConnector(release.Task);
        using var ask = Ask(hop.Port, new CallAheadSettings { Connections = 3 }, connector);
        var answers = Enumerable.Range(0, 20).Select(i => ask.AskAsync(RecipientFiles.Box($"u{i}@example.net"), Stop).AsTask()).ToArray();
        Assert.Equal(3, connector.Waiting);
        release.SetResult();
        Assert.All(await Task.WhenAll(answers), answer => Assert.Equal(Presence.Known, answer.Presence));
        Assert.Equal(20, _asked.Count);
    }

    [Theory]
    [InlineData(false, Presence.Known)]
    [InlineData(true, Presence.Away)]
    public async Task A_next_hop_that_is_not_there_loses_no_mail_and_is_left_alone_for_a_while(bool defers, Presence expected)
    {
        var connector = new GatedConnector(Task.CompletedTask);
        using var ask = Ask(LoopbackPorts.Next(), new CallAheadSettings { DefersWhenUnreachable = defers }, connector);
        Assert.Equal(expected, (await ask.AskAsync(RecipientFiles.Box("ann@example.net"), Stop)).Presence);
        Assert.Equal(expected, (await ask.AskAsync(RecipientFiles.Box("bob@example.net"), Stop)).Presence);
        Assert.Equal(1, connector.Connections);
        Assert.StartsWith("Warning 2685", Assert.Single(_log.Lines), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(31));
        await ask.AskAsync(RecipientFiles.Box("bob@example.net"), Stop);
        Assert.Equal(2, connector.Connections);
    }

    [Fact]
    public async Task A_next_hop_that_does_not_answer_is_given_up_in_time()
    {
        var never = new TaskCompletionSource();
        using var ask = Ask(1, connector: new GatedConnector(never.Task));
        var answer = ask.AskAsync(RecipientFiles.Box("ann@example.net"), Stop).AsTask();
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(answer.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Presence.Known, (await answer).Presence);
        Assert.EndsWith("it did not answer in time", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Those_whose_turn_does_not_come_are_deferred_and_never_taken_unseen()
    {
        var never = new TaskCompletionSource();
        using var ask = Ask(1, new CallAheadSettings { Connections = 1 }, new GatedConnector(never.Task));
        var first = ask.AskAsync(RecipientFiles.Box("ann@example.net"), Stop).AsTask();
        var second = ask.AskAsync(RecipientFiles.Box("bob@example.org"), Stop).AsTask();
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(Presence.Away, (await second).Presence);
        Assert.False(first.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(Presence.Known, (await first).Presence);
    }

    private sealed class GatedConnector(Task gate) : ISmtpConnector
    {
        private readonly TcpSmtpConnector _connector = new();
        private int _waiting;
        private int _connections;

        public int Waiting => Volatile.Read(ref _waiting);

        public int Connections => Volatile.Read(ref _connections);

        public async Task<ISmtpTransport> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _waiting);
            Interlocked.Increment(ref _connections);
            await gate.WaitAsync(cancellationToken);
            Interlocked.Decrement(ref _waiting);
            return await _connector.ConnectAsync(endPoint, cancellationToken);
        }
    }
}
