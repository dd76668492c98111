using System.Text;
using MimeKit;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Interop.Tests.Smtp;

/// <summary>What the next hop says of each recipient decides what becomes of it.</summary>
public sealed class OutcomeSpecs(RelayFixture relay) : IClassFixture<RelayFixture>
{
    [Fact]
    public async Task A_refused_recipient_is_reported_to_the_sender()
    {
        await SendAsync("author1@example.com", "bad1@example.org");

        var mail = Assert.Single(await relay.WaitForMailToAsync("author1@example.com"));
        Assert.Equal(string.Empty, mail.ReversePath);
        await AssertReportsAsync(mail, "bad1@example.org");
        Assert.Equal(1, relay.AttemptsFor("bad1@example.org"));
    }

    [Fact]
    public async Task A_report_that_cannot_be_delivered_is_not_reported()
    {
        await SendAsync("bad-author@example.com", "bad2@example.org");
        await SendAsync("author2@example.com", "after-bad2@example.org");

        await relay.WaitForMailToAsync("after-bad2@example.org");
        await relay.Node.WaitForEmptyQueueAsync(RelayFixture.Patience);
        Assert.Equal(1, relay.AttemptsFor("bad-author@example.com"));
        Assert.DoesNotContain(relay.Sink.Received, mail => mail.Text.Contains("bad2@example.org", StringComparison.Ordinal)
            && mail.ReversePath.Length == 0);
    }

    [Fact]
    public async Task A_recipient_that_is_put_off_twice_gets_its_mail_at_the_third_attempt()
    {
        await SendAsync("author3@example.com", "later3@example.org");

        Assert.Single(await relay.WaitForMailToAsync("later3@example.org"));
        await relay.Node.WaitForEmptyQueueAsync(RelayFixture.Patience);
        Assert.Equal(3, relay.AttemptsFor("later3@example.org"));
        Assert.Single(relay.MailTo("later3@example.org"));
        Assert.Empty(relay.MailTo("author3@example.com"));
    }

    [Fact]
    public async Task Each_recipient_of_a_mixed_message_has_exactly_one_outcome()
    {
        await SendAsync("author4@example.com", "good4@example.org", "later4@example.org", "bad4@example.org", "fine4@example.net");

        await relay.WaitForMailToAsync("later4@example.org");
        await relay.WaitForMailToAsync("author4@example.com");
        await relay.Node.WaitForEmptyQueueAsync(RelayFixture.Patience);
        Assert.Single(relay.MailTo("good4@example.org"));
        Assert.Single(relay.MailTo("fine4@example.net"));
        Assert.Single(relay.MailTo("later4@example.org"));
        Assert.Empty(relay.MailTo("bad4@example.org"));
        Assert.Equal(1, relay.AttemptsFor("good4@example.org"));
        Assert.Equal(1, relay.AttemptsFor("bad4@example.org"));
        await AssertReportsAsync(Assert.Single(relay.MailTo("author4@example.com")), "bad4@example.org");
    }

    [Fact]
    public async Task Mail_that_the_next_hop_puts_off_after_the_dot_is_tried_again()
    {
        using var directory = TemporaryDirectory.Create();
        var refusals = 0;
        await using var sink = LedgerSink.Start(new SinkScript { OnDot = _ => Interlocked.Increment(ref refusals) <= 2 ? DotAction.Refuse : DotAction.Accept });
        await using var node = await NodeProcess.StartAsync(new NodeSettings { Directory = directory.Path, NextHopPort = sink.Port });
        await using var client = await RawSmtpClient.ConnectAsync(node.Port, TestContext.Current.CancellationToken);

        await client.SendAsync("author5@example.com", ["user5@example.org"], "\r\ntext\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

        await sink.WaitForAsync(1, RelayFixture.Patience);
        await node.WaitForEmptyQueueAsync(RelayFixture.Patience);
        Assert.Single(sink.Received);
        Assert.Equal(3, refusals);
    }

    [Fact]
    public async Task Mail_whose_next_hop_vanishes_at_the_dot_is_tried_again()
    {
        using var directory = TemporaryDirectory.Create();
        var drops = 0;
        await using var sink = LedgerSink.Start(new SinkScript { OnDot = _ => Interlocked.Increment(ref drops) == 1 ? DotAction.Drop : DotAction.Accept });
        await using var node = await NodeProcess.StartAsync(new NodeSettings { Directory = directory.Path, NextHopPort = sink.Port });
        await using var client = await RawSmtpClient.ConnectAsync(node.Port, TestContext.Current.CancellationToken);

        await client.SendAsync("author6@example.com", ["user6@example.org"], "\r\ntext\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

        await sink.WaitForAsync(1, RelayFixture.Patience);
        await node.WaitForEmptyQueueAsync(RelayFixture.Patience);
        Assert.Single(sink.Received);
    }

    private static async Task AssertReportsAsync(ReceivedMail mail, string recipient)
    {
        using var message = await MimeMessage.LoadAsync(new MemoryStream(mail.Content), TestContext.Current.CancellationToken);
        var report = Assert.IsType<MultipartReport>(message.Body);
        Assert.Equal("delivery-status", report.ReportType);
        var status = Assert.Single(report.OfType<MessageDeliveryStatus>());
        var fields = status.StatusGroups[1];
        Assert.Equal(2, status.StatusGroups.Count);
        Assert.Equal("dns;node.example.net", status.StatusGroups[0]["Reporting-MTA"]?.Replace(" ", string.Empty, StringComparison.Ordinal));
        Assert.EndsWith(recipient, fields["Final-Recipient"], StringComparison.Ordinal);
        Assert.Equal("failed", fields["Action"]);
        Assert.Equal("5.1.1", fields["Status"]);
        Assert.Contains("no such mailbox here", fields["Diagnostic-Code"], StringComparison.Ordinal);
        Assert.Contains("Subject: outcome", mail.Text, StringComparison.Ordinal);
    }

    private async Task SendAsync(string author, params string[] recipients)
    {
        await using var client = await relay.ConnectAsync();
        var content = Encoding.ASCII.GetBytes($"From: {author}\r\nSubject: outcome\r\n\r\ntext\r\n");
        var reply = await client.SendAsync(author, recipients, content, TestContext.Current.CancellationToken);
        Assert.True(reply.Code == 250, reply.ToString());
    }
}
