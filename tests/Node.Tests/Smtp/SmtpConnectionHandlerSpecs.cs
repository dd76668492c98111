using System.Net;
using System.Text;
using MtaCluster.Protocol.Smtp;
using MtaCluster.Testing.Smtp;
using Xunit;

namespace MtaCluster.Node.Tests.Smtp;

public sealed class SmtpConnectionHandlerSpecs
{
    private const string Dialogue =
        "EHLO c.example\r\nMAIL FROM:<u@x.org> BODY=8BITMIME\r\nRCPT TO:<v@y.org>\r\nRCPT TO:<w@y.org>\r\nDATA\r\n"
        + "Subject: x\r\n\r\n..dot\r\n\u00fc\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<v@y.org>\r\nDATA\r\n.\r\nNOOP\r\nQUIT\r\n";

    private static readonly string[] s_replies =
        ["250-mx", "250 2.1.0", "250 2.1.5", "250 2.1.5", "354", "250 2.0.0 Ok: queued as", "250 2.1.0", "250 2.1.5", "354", "250 2.0.0 Ok: queued as", "250 2.0.0", "221"];

    [Fact]
    public async Task A_message_is_stored_behind_its_trace_fields_and_handed_over()
    {
        await using var session = new SmtpTestSession();
        Assert.Equal("220 mx.example.net ESMTP", await session.StartAsync());
        await session.ExpectAsync("EHLO c.example\r\n", "250-mx.example.net\r\n250-PIPELINING\r\n");
        await session.ExpectAsync("MAIL FROM:<U@X.org>\r\n", "250 2.1.0");
        await session.ExpectAsync("RCPT TO:<v@y.org>\r\n", "250 2.1.5");
        await session.ExpectAsync("DATA\r\n", "354");
        var reply = await session.ExpectAsync("Subject: x\r\n\r\n..dot\r\n.\r\n", "250 2.0.0 Ok: queued as ");
        var message = Assert.Single(session.Connections.Messages);
        Assert.Equal("250 2.0.0 Ok: queued as " + message.Id, reply);
        Assert.Equal("U@x.org", message.ReversePath);
        Assert.Equal(["v@y.org"], message.Recipients);
        Assert.False(message.EightBit);
        Assert.Equal(session.Time.GetUtcNow(), message.ReceivedAt);
        Assert.Equal(
            $"Received: from c.example ([127.0.0.1])\r\n\tby mx.example.net with ESMTP id {message.Id}\r\n\tfor <v@y.org>;\r\n"
                + $"\tTue, 01 Jul 2025 12:00:00 +0000\r\nMessage-ID: <{message.Id}@mx.example.net>\r\nDate: Tue, 01 Jul 2025 12:00:00 +0000\r\n"
                + "Subject: x\r\n\r\n.dot\r\n",
            Encoding.ASCII.GetString(session.Store[message.Body]));
        await session.ExpectAsync("QUIT\r\n", "221");
        await session.ExpectCloseAsync();
        Assert.Equal(1, session.Connections.Closed);
        var info = Assert.Single(session.Connections.Opened);
        Assert.Equal(("C0NNECT10N", "test", 2525), (info.ConnectionId, info.Listener, info.Local.Port));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task A_dialogue_is_answered_the_same_however_it_is_cut(int size)
    {
        await using var session = new SmtpTestSession();
        await session.StartAsync();
        foreach (var piece in Encoding.UTF8.GetBytes(Dialogue).Chunk(size))
        {
            await session.SendAsync(piece);
        }

        foreach (var reply in s_replies)
        {
            await session.ExpectAsync(reply);
        }

        await session.ExpectCloseAsync();
        Assert.Equal(["u@x.org", ""], session.Connections.Messages.Select(message => message.ReversePath));
        Assert.Equal([true, false], session.Connections.Messages.Select(message => message.EightBit));
        var first = Encoding.UTF8.GetString(session.Store[session.Connections.Messages.First().Body]);
        Assert.EndsWith("Subject: x\r\n\r\n.dot\r\n\u00fc\r\n", first, StringComparison.Ordinal);
        Assert.DoesNotContain("for <", first, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replies_to_commands_that_came_together_go_out_together()
    {
        await using var session = new SmtpTestSession();
        await session.StartAsync();
        var before = session.Writer.Flushes;
        await session.SendAsync("EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<v@y.org>\r\nRCPT TO:<w@y.org>\r\nNOOP\r\nQUIT\r\n");
        await session.EndAsync();
        Assert.Equal(1, session.Writer.Flushes - before);
    }

    [Fact]
    public async Task Endless_pipelining_is_answered_as_it_comes()
    {
        await using var session = new SmtpTestSession();
        await session.StartAsync();
        var noops = string.Concat(Enumerable.Repeat("NOOP\r\n", 5_000));
        var sending = Task.Run(async () => await session.SendAsync(noops + noops + "QUIT\r\n"), TestContext.Current.CancellationToken);
        for (var i = 0; i < 10_000; i++)
        {
            await session.ExpectAsync("250");
        }

        await session.ExpectAsync("221");
        await session.ExpectCloseAsync();
        await sending;
    }

    [Fact]
    public async Task Nothing_is_said_before_the_message_is_in_its_spool()
    {
        await using var session = new SmtpTestSession();
        var accepting = new TaskCompletionSource<SmtpReply?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var flushes = (AtAccept: 0, AtData: 0);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        session.Connections.OnAccept = _ =>
        {
            flushes.AtAccept = session.Writer.Flushes;
            Assert.Equal(0, session.Writer.UnflushedBytes);
            reached.SetResult();
            return accepting.Task;
        };
        await session.StartTransactionAsync();
        await session.ExpectAsync("DATA\r\n", "354");
        flushes.AtData = session.Writer.Flushes;
        await session.SendAsync("x\r\n.\r\nNOOP\r\n");
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(flushes.AtData, flushes.AtAccept);
        accepting.SetResult(null);
        await session.ExpectAsync("250 2.0.0 Ok: queued as");
        await session.ExpectAsync("250 2.0.0 Ok");
    }

    [Theory]
    [InlineData(StoreStep.Create)]
    [InlineData(StoreStep.Write)]
    [InlineData(StoreStep.Flush)]
    [InlineData(StoreStep.Complete)]
    public async Task A_store_that_fails_costs_a_451_and_keeps_nothing(StoreStep step)
    {
        await using var session = new SmtpTestSession();
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        session.Store.OnFail = () => failed.TrySetResult();
        session.Store.FailAt = step;
        await session.StartTransactionAsync();
        await session.ExpectAsync("DATA\r\n", "354");
        await session.SendAsync("Subject: x\r\n\r\n");
        if (step != StoreStep.Complete)
        {
            await failed.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }

        await session.ExpectAsync("body\r\n.\r\n", "451 4.3.0 ");
        Assert.Empty(session.Connections.Messages);
        Assert.Equal(0, session.Store.Count);
        Assert.Equal(0, session.Store.Open);

        session.Store.FailAt = StoreStep.None;
        await session.ExpectAsync("MAIL FROM:<>\r\n", "250");
        await session.ExpectAsync("RCPT TO:<v@y.org>\r\n", "250");
        await session.ExpectAsync("DATA\r\n", "354");
        await session.ExpectAsync("x\r\n.\r\n", "250 2.0.0 Ok: queued as");
    }

    [Fact]
    public async Task A_message_that_its_spool_refuses_is_released()
    {
        await using var session = new SmtpTestSession();
        session.Connections.OnAccept = static _ =>
            Task.FromResult<SmtpReply?>(new SmtpReply(452, new EnhancedStatusCode(4, 3, 1), "Queue is full"));
        await session.StartTransactionAsync();
        await session.ExpectAsync("DATA\r\n", "354");
        Assert.Equal("452 4.3.1 Queue is full", await session.ExpectAsync("x\r\n.\r\n", "452"));
        Assert.Single(session.Store.Released);
        Assert.Equal(0, session.Store.Count);
    }

    [Fact]
    public async Task A_message_whose_fate_is_not_known_gets_no_reply_and_its_body_stays()
    {
        await using var session = new SmtpTestSession();
        session.Connections.OnAccept = static _ => Task.FromException<SmtpReply?>(new OperationCanceledException());
        await session.StartTransactionAsync();
        await session.ExpectAsync("DATA\r\n", "354");
        await session.SendAsync("x\r\n.\r\n");
        await session.ExpectCloseAsync();
        Assert.Empty(session.Store.Released);
        Assert.Equal(1, session.Store.Count);
    }

    [Theory]
    [InlineData("a\nb\r\n.\r\n", "554 5.6.0")]
    [InlineData("a\rb\r\n.\r\n", "554 5.6.0")]
    [InlineData("a\0b\r\n.\r\n", "554 5.6.0")]
    [InlineData("01234567890123456789\r\n01234567890123456789\r\n0123456789\r\n.\r\n", "552 5.3.4")]
    [InlineData("0123456789012345678901234567890\r\n.\r\n", "554 5.6.0")]
    [InlineData("Received:\r\nReceived:\r\nReceived:\r\n.\r\n", "554 5.4.6")]
    public async Task Bad_content_is_refused_after_its_end_and_the_session_goes_on(string content, string reply)
    {
        await using var session = new SmtpTestSession();
        session.Options = session.Options with { MaximumMessageSize = 50, MaximumLineLength = 30, MaximumHops = 2 };
        await session.StartTransactionAsync();
        await session.ExpectAsync("DATA\r\n", "354");
        await session.ExpectAsync(content, reply);
        Assert.Equal(0, session.Store.Count + session.Store.Open);
        Assert.Empty(session.Connections.Messages);
        await session.ExpectAsync("NOOP\r\n", "250");
    }

    [Fact]
    public async Task A_client_that_leaves_within_its_message_leaves_nothing_behind()
    {
        await using var session = new SmtpTestSession();
        await session.StartTransactionAsync();
        await session.ExpectAsync("DATA\r\n", "354");
        await session.SendAsync("half a mess");
        await session.HangUpAsync();
        Assert.Equal(0, session.Store.Count + session.Store.Open);
        Assert.Empty(session.Connections.Messages);
        Assert.Equal(1, session.Connections.Closed);
    }

    [Fact]
    public async Task A_command_line_over_the_limit_is_refused_and_the_session_goes_on()
    {
        await using var session = new SmtpTestSession();
        await session.StartAsync();
        await session.ExpectAsync("NOOP " + new string('x', 16384 - 7) + "\r\n", "250");
        await session.ExpectAsync("NOOP " + new string('x', 16384 - 6) + "\r\n", "500 5.5.6");
        await session.ExpectAsync(new string('x', 1_000_000) + "\r\nNOOP\r\n", "500 5.5.6");
        await session.ExpectAsync("250 2.0.0");
    }

    [Theory]
    [InlineData("NOOP\nNOOP\r\n")]
    [InlineData("\n")]
    [InlineData("EHLO x\nMAIL FROM:<u@x.org>\r\n")]
    public async Task A_lone_line_feed_among_the_commands_ends_the_session(string input)
    {
        await using var session = new SmtpTestSession();
        await session.StartAsync();
        await session.ExpectAsync(input, "521 5.5.2");
        await session.ExpectCloseAsync();
    }

    [Fact]
    public async Task Too_many_errors_end_the_session()
    {
        await using var session = new SmtpTestSession();
        session.Options = session.Options with { MaximumErrors = 2 };
        await session.StartAsync();
        await session.SendAsync("X\r\nX\r\nNOOP\r\n");
        await session.ExpectAsync("500");
        await session.ExpectAsync("421 4.7.0");
        await session.ExpectCloseAsync();
    }

    [Theory]
    [InlineData("192.0.2.1", "v@local.example", "250", false)]
    [InlineData("192.0.2.1", "v@xn--bcher-kva.example", "250", false)]
    [InlineData("192.0.2.1", "v@far.example", "550 5.7.1", false)]
    [InlineData("127.0.0.1", "v@far.example", "250", true)]
    [InlineData("::ffff:127.0.0.1", "v@far.example", "250", true)]
    [InlineData("::ffff:192.0.2.1", "v@far.example", "550 5.7.1", false)]
    [InlineData("::1", "v@far.example", "550 5.7.1", false)]
    public async Task Only_relay_networks_may_send_to_anybody(string client, string recipient, string reply, bool isSubmission)
    {
        await using var session = new SmtpTestSession { Client = IPAddress.Parse(client) };
        await session.StartAsync();
        await session.ExpectAsync("HELO c\r\n", "250");
        await session.ExpectAsync("MAIL FROM:<>\r\n", "250");
        await session.ExpectAsync($"RCPT TO:<{recipient}>\r\n", reply);
        if (reply == "250")
        {
            await session.ExpectAsync("DATA\r\n", "354");
            await session.ExpectAsync("x\r\n.\r\n", "250");
            var body = Encoding.ASCII.GetString(session.Store[session.Connections.Messages.Single().Body]);
            Assert.Equal(isSubmission, body.Contains("\r\nMessage-ID: <", StringComparison.Ordinal));
            Assert.Contains(" with SMTP id ", body, StringComparison.Ordinal);
            Assert.EndsWith("+0000\r\n\r\nx\r\n", body, StringComparison.Ordinal);
        }
    }
}
