using System.Net;
using System.Text;
using MtaCluster.Actors.Routing;
using MtaCluster.Protocol.Smtp;
using MtaCluster.Testing.Smtp;
using Xunit;

namespace MtaCluster.Node.Tests.Smtp;

public sealed class SmtpExtensionSessionSpecs
{
    [Fact]
    public async Task Chunks_make_one_message()
    {
        await using var session = new SmtpTestSession();
        await session.StartTransactionAsync();
        await session.ExpectAsync("BDAT 14\r\nSubject: x\r\n\r\n", "250 2.0.0 14 octets received");
        await session.ExpectAsync("BDAT 3\r\n..\n", "554 5.6.0");
        await session.ExpectAsync("BDAT 5 LAST\r\nDATA\r", "503 5.5.1");
        Assert.Equal(0, session.Store.Open);

        await session.ExpectAsync("MAIL FROM:<u@x.org>\r\n", "250");
        await session.ExpectAsync("RCPT TO:<v@y.org>\r\n", "250");
        await session.SendAsync("BDAT 14\r\nSubject: x\r\n\r\nBDAT 3\r\n.\r\nBDAT 0 LAST\r\n");
        await session.ExpectAsync("250 2.0.0 14");
        await session.ExpectAsync("250 2.0.0 3");
        await session.ExpectAsync("250 2.0.0 Ok: queued as");
        var message = Assert.Single(session.Connections.Messages);
        Assert.EndsWith("\r\nSubject: x\r\n\r\n.\r\n", Body(session, message), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Binary_mail_is_kept_as_it_is_and_the_last_line_of_other_mail_is_ended()
    {
        await using var session = new SmtpTestSession();
        await session.StartAsync();
        await session.ExpectAsync("EHLO c\r\n", "250");
        await session.ExpectAsync("MAIL FROM:<> BODY=BINARYMIME\r\n", "250");
        await session.ExpectAsync("RCPT TO:<v@y.org>\r\n", "250");
        await session.SendAsync("BDAT 9 LAST\r\n"u8.ToArray());
        await session.SendAsync(new byte[] { (byte)'x', (byte)':', 13, 10, 13, 10, 0, 10, 255 });
        await session.ExpectAsync("250 2.0.0 Ok");
        await session.ExpectAsync("MAIL FROM:<>\r\n", "250");
        await session.ExpectAsync("RCPT TO:<v@y.org>\r\n", "250");
        await session.ExpectAsync("BDAT 7 LAST\r\nx:\r\n\r\ny", "250 2.0.0 Ok");
        var messages = session.Connections.Messages.ToArray();
        Assert.Equal(MailBodyType.BinaryMime, messages[0].Options.Body);
        Assert.True(session.Store[messages[0].Body].AsSpan().EndsWith(new byte[] { 0, 10, 255 }));
        Assert.EndsWith("\r\ny\r\n", Body(session, messages[1]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RSET\r\n", "250")]
    [InlineData("EHLO d\r\n", "250")]
    [InlineData("QUIT\r\n", "221")]
    public async Task A_message_in_chunks_that_is_given_up_leaves_nothing(string command, string reply)
    {
        await using var session = new SmtpTestSession();
        await session.StartTransactionAsync();
        await session.ExpectAsync("BDAT 6\r\nx: y\r\n", "250");
        await session.ExpectAsync(command, reply);
        await session.HangUpAsync();
        Assert.Equal((0, 0), (session.Store.Open, session.Connections.Messages.Count));
    }

    [Fact]
    public async Task Chunks_out_of_place_are_skipped_and_one_that_is_too_big_ends_the_session()
    {
        await using var session = new SmtpTestSession();
        await session.StartAsync();
        await session.SendAsync("BDAT 14\r\nEHLO evil\r\nx\r\nNOOP\r\n");
        await session.ExpectAsync("503 5.5.1");
        await session.ExpectAsync("250 2.0.0");
        await session.SendAsync("BDAT 99999999999 LAST\r\nNOOP\r\n");
        await session.ExpectAsync("552 5.3.4");
        await session.ExpectCloseAsync();
    }

    [Fact]
    public async Task A_store_that_fails_within_chunks_refuses_the_message_for_now()
    {
        await using var session = new SmtpTestSession();
        await session.StartTransactionAsync();
        session.Store.FailAt = StoreStep.Write;
        await session.ExpectAsync("BDAT 6 LAST\r\nx: y\r\n", "451 4.3.0");
        session.Store.FailAt = StoreStep.None;
        await session.ExpectAsync("NOOP\r\n", "250");
        Assert.Empty(session.Connections.Messages);
    }

    [Fact]
    public async Task Lmtp_has_a_reply_for_each_recipient()
    {
        await using var session = new SmtpTestSession();
        session.Options = session.Options with { Lmtp = true };
        await session.StartAsync();
        await session.ExpectAsync("EHLO c\r\n", "500");
        await session.ExpectAsync("LHLO c\r\n", "250-mx.example.net");
        await session.ExpectAsync("MAIL FROM:<>\r\n", "250");
        await session.ExpectAsync("RCPT TO:<v@y.org>\r\n", "250");
        await session.ExpectAsync("RCPT TO:<w@y.org>\r\n", "250");
        await session.ExpectAsync("DATA\r\n", "354");
        await session.ExpectAsync("x: y\r\n.\r\n", "250 2.0.0 Ok: queued as");
        await session.ExpectAsync("250 2.0.0 Ok: queued as");
        await session.ExpectAsync("NOOP\r\n", "250 2.0.0 Ok");
        Assert.Contains("with LMTP id", Body(session, Assert.Single(session.Connections.Messages)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chunk_that_is_refused_has_one_reply_with_LMTP_too()
    {
        await using var session = new SmtpTestSession();
        session.Options = session.Options with { Lmtp = true };
        await session.StartAsync();
        await session.ExpectAsync("LHLO c\r\n", "250");
        await session.ExpectAsync("MAIL FROM:<>\r\n", "250");
        await session.ExpectAsync("RCPT TO:<v@y.org>\r\n", "250");
        await session.ExpectAsync("RCPT TO:<w@y.org>\r\n", "250");
        await session.ExpectAsync("BDAT 3\r\na\nb", "554 5.6.0");
        await session.ExpectAsync("NOOP\r\n", "250 2.0.0 Ok");
    }

    [Theory]
    [InlineData("2025-07-08T12:00:00Z", "250")]
    [InlineData("2025-07-08T12:00:01Z", "501 5.5.4")]
    [InlineData("9999-12-31T23:59:59Z", "501 5.5.4")]
    [InlineData("1999-12-31T23:59:59Z", "250")]
    public async Task A_message_is_held_no_longer_than_is_allowed(string until, string reply)
    {
        await using var session = new SmtpTestSession();
        await session.StartAsync();
        await session.ExpectAsync("EHLO c\r\n", "250");
        await session.ExpectAsync($"MAIL FROM:<u@x.org> HOLDUNTIL={until}\r\n", reply);
    }

    [Fact]
    public async Task An_international_recipient_in_the_trace_field_makes_the_message_8_bit()
    {
        await using var session = new SmtpTestSession();
        await session.StartAsync();
        await session.ExpectAsync("EHLO c\r\n", "250");
        await session.ExpectAsync("MAIL FROM:<u@x.org> SMTPUTF8\r\n", "250");
        await session.ExpectAsync("RCPT TO:<\u00f6@y.org>\r\n", "250");
        await session.ExpectAsync("DATA\r\n", "354");
        await session.ExpectAsync("x: y\r\n.\r\n", "250");
        Assert.True(Assert.Single(session.Connections.Messages).EightBit);
    }

    [Fact]
    public async Task What_was_asked_for_goes_with_the_message()
    {
        await using var session = new SmtpTestSession();
        await session.StartAsync();
        await session.ExpectAsync("EHLO c\r\n", "250");
        await session.ExpectAsync("MAIL FROM:<\u00fc@x.org> SMTPUTF8 RET=HDRS ENVID=e HOLDFOR=60 BY=120;R MT-PRIORITY=2\r\n", "250");
        await session.ExpectAsync("RCPT TO:<v@y.org>\r\n", "250");
        await session.ExpectAsync("RCPT TO:<\u00f6@y.org> NOTIFY=DELAY ORCPT=rfc822;o@y.org\r\n", "250");
        await session.ExpectAsync("DATA\r\n", "354");
        await session.ExpectAsync("x: y\r\n.\r\n", "250");
        var message = Assert.Single(session.Connections.Messages);
        var now = session.Time.GetUtcNow();
        Assert.Equal(
            new MailOptions
            {
                SmtpUtf8 = true,
                Return = DsnReturn.Headers,
                EnvelopeId = "e",
                HoldUntil = now.AddSeconds(60),
                DeliverBy = new DeliverBy(now.AddSeconds(120), DeliverByMode.Return, Trace: false),
                Priority = 2,
            },
            message.Options);
        Assert.Equal(
            [RecipientOptions.None, new RecipientOptions { Notify = DsnNotify.Delay, OriginalRecipient = "rfc822;o@y.org" }], message.RecipientOptions);
        Assert.Equal(("\u00fc@x.org", "\u00f6@y.org"), (message.ReversePath, message.Recipients[1]));
        Assert.Contains("with UTF8SMTP id", Body(session, message), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trusted_peer_speaks_for_its_client()
    {
        await using var session = new SmtpTestSession { Client = IPAddress.Parse("192.0.2.9") };
        session.Options = session.Options with { XClientFrom = [IPNetwork.Parse("192.0.2.9/32")] };
        await session.StartAsync();
        await session.ExpectAsync("EHLO proxy\r\n", "250");
        await session.ExpectAsync("XCLIENT ADDR=198.51.100.7 PORT=99\r\n", "220 mx.example.net");
        await session.ExpectAsync("EHLO c\r\n", "250");
        await session.ExpectAsync("MAIL FROM:<>\r\n", "250");
        await session.ExpectAsync("RCPT TO:<v@far.example>\r\n", "550 5.7.1");
        await session.ExpectAsync("RSET\r\n", "250");
        await session.ExpectAsync("XCLIENT LOGIN=user\r\n", "220");
        await session.ExpectAsync("EHLO c\r\n", "250");
        await session.ExpectAsync("MAIL FROM:<>\r\n", "250");
        await session.ExpectAsync("RCPT TO:<v@far.example>\r\n", "250");
        await session.ExpectAsync("DATA\r\n", "354");
        await session.ExpectAsync("x: y\r\n.\r\n", "250");
        Assert.StartsWith(
            "Received: from c ([198.51.100.7])\r\n\tby mx.example.net with ESMTPA id",
            Body(session, Assert.Single(session.Connections.Messages)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Strangers_speak_for_themselves_alone()
    {
        await using var session = new SmtpTestSession();
        await session.StartAsync();
        await session.ExpectAsync("XCLIENT ADDR=198.51.100.7\r\n", "550 5.7.1");
        await session.ExpectAsync("XFORWARD ADDR=198.51.100.7\r\n", "550 5.7.1");
    }

    [Fact]
    public async Task A_queue_is_run_for_the_domains_that_may_ask_for_it()
    {
        await using var session = new SmtpTestSession();
        session.Options = session.Options with { QueueRunDomains = [Pattern("x.org"), Pattern("*.y.org")] };
        await session.StartAsync();
        await session.ExpectAsync("EHLO c\r\n", "250");
        await session.ExpectAsync("ETRN x.org\r\n", "250 2.0.0");
        await session.ExpectAsync("ETRN @a.y.org\r\n", "250 2.0.0");
        await session.ExpectAsync("ETRN z.org\r\n", "459 4.7.1");
        Assert.Equal([("x.org", false), ("a.y.org", true)], session.QueueRuns.Begun);
    }

    private static DomainPattern Pattern(string text) => DomainPattern.TryParse(text, out var pattern) ? pattern : throw new ArgumentException(text);

    private static string Body(SmtpTestSession session, Actors.Smtp.SubmittedMessage message) => Encoding.UTF8.GetString(session.Store[message.Body]);
}
