using MtaCluster.Actors.Routing;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Recipients;
using MtaCluster.Testing.Routing;
using Xunit;

namespace MtaCluster.Node.Tests.Recipients;

public sealed class CallAheadSessionSpecs
{
    private readonly RecordedLog<CallAhead> _log = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task<Presence> AskAsync(ScriptedHop hop, string recipient = "ann@example.net", string nextHop = "[127.0.0.1]:2525")
    {
        var resolver = new StaticMxResolver();
        Assert.True(NextHop.TryParse(nextHop, out var next));
        using var ask = new CallAhead(new CallAheadSettings { DefersWhenUnreachable = true }, new CallAheadServices(
            "me.example",
            StartTls: true,
            new RoutePlanner(resolver, [new RouteRule(DomainPattern.Any.Instance, next)], new ShapingTable([]), "me.example"),
            new HopResolver(resolver, [], []),
            hop,
            TimeProvider.System,
            _log));
        return (await ask.AskAsync(RecipientFiles.Box(recipient), Stop)).Presence;
    }

    private static ScriptedHop Hop(string extensions = "", string startTls = "220 2.0.0 go\r\n", Func<Task>? handshake = null, bool knowsEhlo = true) =>
        new(line => line.Split(' ')[0] switch
        {
            "EHLO" when !knowsEhlo => "502 5.5.1 what?\r\n",
            "EHLO" or "LHLO" => $"250-hop.example\r\n{extensions}250 HELP\r\n",
            "STARTTLS" => startTls,
            "QUIT" => "221 2.0.0 bye\r\n",
            _ => "250 2.0.0 ok\r\n",
        })
        {
            OnHandshakeAsync = handshake ?? (() => Task.CompletedTask),
        };

    [Fact]
    public async Task The_question_is_asked_without_a_message_and_one_command_at_a_time()
    {
        var hop = Hop("250-PIPELINING\r\n");
        Assert.Equal(Presence.Known, await AskAsync(hop));
        Assert.Equal(["(connection)", "EHLO me.example", "MAIL FROM:<>", "RCPT TO:<ann@example.net>"], hop.Heard.Take(4));
    }

    [Fact]
    public async Task Under_TLS_everything_is_said_anew()
    {
        var hop = Hop("250-STARTTLS\r\n");
        Assert.Equal(Presence.Known, await AskAsync(hop));
        Assert.Equal(
            ["(connection)", "EHLO me.example", "STARTTLS", "(TLS)", "EHLO me.example", "MAIL FROM:<>", "RCPT TO:<ann@example.net>"],
            hop.Heard.Take(7));
    }

    [Fact]
    public async Task Where_TLS_fails_it_is_asked_in_clear_text_on_another_connection()
    {
        var hop = Hop("250-STARTTLS\r\n", handshake: () => throw new IOException("no common cipher"));
        Assert.Equal(Presence.Known, await AskAsync(hop));
        Assert.Equal(
            ["(connection)", "EHLO me.example", "STARTTLS", "(TLS)", "(connection)", "EHLO me.example", "MAIL FROM:<>", "RCPT TO:<ann@example.net>"],
            hop.Heard.Take(8));
    }

    [Fact]
    public async Task Where_TLS_is_refused_it_goes_on_in_clear_text()
    {
        var hop = Hop("250-STARTTLS\r\n", startTls: "454 4.7.0 not now\r\n");
        Assert.Equal(Presence.Known, await AskAsync(hop));
        Assert.Contains("MAIL FROM:<>", hop.Heard);
        Assert.DoesNotContain("(TLS)", hop.Heard);
    }

    [Fact]
    public async Task Words_that_were_slipped_in_before_TLS_are_no_answer()
    {
        var hop = Hop("250-STARTTLS\r\n", startTls: "220 2.0.0 go\r\n250 2.0.0 slipped in\r\n");
        Assert.Equal(Presence.Away, await AskAsync(hop));
        Assert.DoesNotContain("(TLS)", hop.Heard);
    }

    [Fact]
    public async Task A_hop_that_does_not_know_EHLO_is_asked_with_HELO()
    {
        var hop = Hop(knowsEhlo: false);
        Assert.Equal(Presence.Known, await AskAsync(hop));
        Assert.Contains("HELO me.example", hop.Heard);
    }

    [Fact]
    public async Task An_LMTP_server_is_asked_in_LMTP()
    {
        var hop = Hop();
        Assert.Equal(Presence.Known, await AskAsync(hop, nextHop: "lmtp:[127.0.0.1]:24"));
        Assert.Equal("LHLO me.example", hop.Heard[1]);
    }

    [Fact]
    public async Task An_international_address_is_asked_about_where_it_can_be_written()
    {
        var hop = Hop("250-SMTPUTF8\r\n");
        Assert.Equal(Presence.Known, await AskAsync(hop, "j\u00fcrgen@example.net"));
        Assert.Equal(["MAIL FROM:<> SMTPUTF8", "RCPT TO:<j\u00fcrgen@example.net>"], hop.Heard.Skip(2).Take(2));
        Assert.Equal(Presence.Away, await AskAsync(Hop(), "j\u00fcrgen@example.net"));
        Assert.EndsWith("it does not offer SMTPUTF8", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }
}
