using System.Collections.Immutable;
using System.Text;
using MimeKit;
using MtaCluster.Protocol.Dsn;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Protocol.Tests.Dsn;

public sealed class DsnComposerSpecs
{
    private static readonly DateTimeOffset s_arrived = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

    private static readonly DsnRequest s_failed = new(
        DsnKind.Failed,
        "DSN123",
        "ORIG456",
        "mx1.example.net",
        "alice@example.org",
        s_arrived,
        s_arrived.AddHours(5),
        null,
        [
            new DsnRecipient("bob@example.com", new SmtpReply(550, new EnhancedStatusCode(5, 1, 1), "no such user"), "mx.example.com", s_arrived.AddHours(1)),
            new DsnRecipient("carol@example.com", new SmtpReply(451, null, "greylisted"), null, s_arrived.AddHours(5)),
        ],
        "Subject: hello\r\nFrom: alice@example.org\r\n\r\nthe body\r\n"u8.ToArray());

    [Fact]
    public void A_failure_report_has_every_field()
    {
        var message = Parse(DsnComposer.Compose(s_failed));
        Assert.Equal("\"Mail Delivery System\" <MAILER-DAEMON@mx1.example.net>", message.From.ToString());
        Assert.Equal("alice@example.org", Assert.Single(message.To.Mailboxes).Address);
        Assert.Equal("Your message could not be delivered", message.Subject);
        Assert.Equal(s_failed.CreatedAt, message.Date);
        Assert.Equal("DSN123@mx1.example.net", message.MessageId);
        Assert.Equal("auto-replied", message.Headers["Auto-Submitted"]);
        Assert.Single(message.Headers, header => header.Id == HeaderId.MimeVersion);
        Assert.Single(message.Body!.Headers, header => header.Id == HeaderId.ContentType);

        var report = Assert.IsType<MultipartReport>(message.Body);
        Assert.Equal("delivery-status", report.ReportType);
        Assert.Equal(3, report.Count);

        var groups = Assert.IsType<MessageDeliveryStatus>(report[1]).StatusGroups;
        Assert.Equal(3, groups.Count);
        Assert.Equal("dns; mx1.example.net", groups[0]["Reporting-MTA"]);
        Assert.Equal("ORIG456", groups[0]["X-MtaCluster-Queue-ID"]);
        Assert.Equal("Sun, 01 Mar 2026 08:00:00 +0000", groups[0]["Arrival-Date"]);
        Assert.Equal(
            [
                ("Final-Recipient", "rfc822; bob@example.com"),
                ("Action", "failed"),
                ("Status", "5.1.1"),
                ("Remote-MTA", "dns; mx.example.com"),
                ("Diagnostic-Code", "smtp; 550 5.1.1 no such user"),
                ("Last-Attempt-Date", "Sun, 01 Mar 2026 09:00:00 +0000"),
            ],
            groups[1].Select(header => (header.Field, header.Value)));
        Assert.Equal(
            [
                ("Final-Recipient", "rfc822; carol@example.com"),
                ("Action", "failed"),
                ("Status", "4.3.0"),
                ("Diagnostic-Code", "smtp; 451 greylisted"),
                ("Last-Attempt-Date", "Sun, 01 Mar 2026 13:00:00 +0000"),
            ],
            groups[2].Select(header => (header.Field, header.Value)));

        Assert.Equal("text/rfc822-headers", report[2].ContentType.MimeType);
        Assert.Equal("Subject: hello\r\nFrom: alice@example.org\r\n", ReturnedHeader(s_failed));
    }

    [Fact]
    public void The_explanation_names_each_recipient_with_its_reason_and_server()
    {
        var text = Explanation(s_failed);
        Assert.Contains("mx1.example.net", text, StringComparison.Ordinal);
        Assert.Contains("could not be delivered", text, StringComparison.Ordinal);
        Assert.Contains(
            "<bob@example.com>\n    Mail server: mx.example.com\n    Reason: 550 5.1.1 no such user\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "<carol@example.com>\n    It could not be delivered in the time allowed. The last problem:\n    Reason: 451 greylisted\n",
            text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_delay_warning_says_until_when_the_message_is_tried()
    {
        var request = s_failed with { Kind = DsnKind.Delayed, WillRetryUntil = s_arrived.AddDays(5), Recipients = [s_failed.Recipients[1]] };
        var message = Parse(DsnComposer.Compose(request));
        Assert.Equal("Your message is delayed", message.Subject);
        var group = ((MessageDeliveryStatus)((MultipartReport)message.Body!)[1]).StatusGroups[1];
        Assert.Equal("delayed", group["Action"]);
        Assert.Equal("4.3.0", group["Status"]);
        Assert.Equal("Fri, 06 Mar 2026 08:00:00 +0000", group["Will-Retry-Until"]);
        var text = Explanation(request);
        Assert.Contains("It will be tried until Fri, 06 Mar 2026 08:00:00 +0000.", text, StringComparison.Ordinal);
        Assert.DoesNotContain("time allowed", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(421, "4.3.2")]
    [InlineData(450, "4.2.0")]
    [InlineData(452, "4.3.1")]
    [InlineData(499, "4.0.0")]
    [InlineData(500, "5.5.2")]
    [InlineData(530, "5.7.0")]
    [InlineData(550, "5.0.0")]
    [InlineData(552, "5.2.2")]
    [InlineData(554, "5.0.0")]
    [InlineData(556, "5.1.10")]
    public void The_status_comes_from_the_reply_code_where_there_is_no_enhanced_one(int code, string status) =>
        Assert.Equal(status, Group(With(new SmtpReply(code, null, "text")))["Status"]);

    [Fact]
    public void The_same_request_gives_the_same_octets() =>
        Assert.Equal(DsnComposer.Compose(s_failed), DsnComposer.Compose(s_failed));

    [Fact]
    public void A_hostile_reply_cannot_forge_fields_or_parts()
    {
        var reply = new SmtpReply(550, null, ["x\r\nAction: delivered\r\n\r\n--=_DSN123\r\n", "\0\u001b[31m caf\u00e9"]);
        var request = With(reply);
        var group = Group(request);
        Assert.Equal(6, group.Count);
        Assert.Equal("failed", group["Action"]);
        var words = group["Diagnostic-Code"]!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["smtp;", "550", "x", "Action:", "delivered", "--=_DSN123", "[31m", "caf?"], words);
        Assert.Contains("caf\u00e9", Explanation(request), StringComparison.Ordinal);
    }

    [Fact]
    public void Huge_replies_are_cut_off_and_long_lines_folded()
    {
        var words = string.Concat(Enumerable.Repeat("word ", 10_000));
        var diagnostic = Group(With(new SmtpReply(550, null, words)))["Diagnostic-Code"];
        Assert.InRange(diagnostic!.Length, 900, 1_100);
        Assert.EndsWith("...", diagnostic, StringComparison.Ordinal);
        _ = Group(With(new SmtpReply(550, null, new string('x', 100_000))));
        _ = Group(With(new SmtpReply(550, null, [.. Enumerable.Repeat("x", 500)])));
    }

    [Fact]
    public void Thousands_of_recipients_are_all_reported()
    {
        var reply = new SmtpReply(550, null, "no");
        var request = s_failed with { Recipients = [.. Enumerable.Range(0, 5_000).Select(i => new DsnRecipient($"r{i}@x", reply, "mx", s_arrived))] };
        var status = (MessageDeliveryStatus)((MultipartReport)Parse(DsnComposer.Compose(request)).Body!)[1];
        Assert.Equal(5_001, status.StatusGroups.Count);
        Assert.Equal("rfc822; r4999@x", status.StatusGroups[5_000]["Final-Recipient"]);
    }

    [Theory]
    [InlineData("\"a b\\\"@c\"@example.org")]
    [InlineData("a..b@example.org")]
    [InlineData("user@[IPv6:2001:db8::1]")]
    [InlineData("not an address")]
    [InlineData("x\r\nBcc: y@z")]
    [InlineData("")]
    [InlineData("j\u00f6rg@example.org")]
    public void Strange_senders_do_no_harm(string reversePath)
    {
        var message = Parse(DsnComposer.Compose(s_failed with { ReversePath = reversePath }));
        Assert.Null(message.Headers["Bcc"]);
        Assert.NotNull(message.Headers["To"]);
    }

    [Fact]
    public void A_recipient_in_utf8_is_reported_in_ascii()
    {
        var request = s_failed with { Recipients = [s_failed.Recipients[0] with { Address = "j\u00f6\U0001F600@ex.org" }] };
        Assert.Equal("utf-8; j\\x{F6}\\x{1F600}@ex.org", Group(request)["Final-Recipient"]);
        Assert.Contains("<j\u00f6\U0001F600@ex.org>", Explanation(request), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Subject: a\r\n\r\nbody", "Subject: a\r\n")]
    [InlineData("Subject: a\r\nX: b\r\n", "Subject: a\r\nX: b\r\n")]
    [InlineData("\r\nno header", "")]
    [InlineData("", "")]
    [InlineData("Subject: caf\u00e9 = 1\r\n\r\nbody", "Subject: caf\u00e9 = 1\r\n")]
    [InlineData("Subject: a\0b\r\n\r\n", "Subject: a\0b\r\n")]
    [InlineData("Subject: a\rb\r\n\r\n", "Subject: a\rb\r\n")]
    [InlineData("--=_DSN123--\r\n\r\n", "--=_DSN123--\r\n")]
    public void The_header_section_comes_back_as_it_was(string original, string header)
    {
        var returned = ReturnedHeader(s_failed with { Original = Encoding.UTF8.GetBytes(original) });
        Assert.Equal(header, returned);
    }

    [Fact]
    public void A_huge_header_section_is_cut_off_at_a_line_end()
    {
        var original = string.Concat(Enumerable.Repeat("X-Field: " + new string('x', 200) + "\r\n", 1_000));
        var header = ReturnedHeader(s_failed with { Original = Encoding.ASCII.GetBytes(original) });
        Assert.InRange(header.Length, 65_000, 65_536);
        Assert.EndsWith("x\r\n", header, StringComparison.Ordinal);
        _ = DsnComposer.Compose(s_failed with { Original = Encoding.ASCII.GetBytes("X: " + new string('x', 100_000)) });
    }

    [Fact]
    public void Lines_of_every_length_are_returned_whole()
    {
        for (var length = 990; length < 1_010; length++)
        {
            var header = "X: " + new string('x', length - 3) + "\r\n";
            Assert.Equal(header, ReturnedHeader(s_failed with { Original = Encoding.ASCII.GetBytes(header) }));
            Assert.Equal(header, ReturnedHeader(s_failed with { Original = Encoding.ASCII.GetBytes(header + "\r\nbody") }));
            _ = ReturnedHeader(s_failed with { Original = Encoding.ASCII.GetBytes(header[..^2]) });
        }
    }

    [Fact]
    public void Random_requests_are_always_composed()
    {
        var random = new Random(3);
        var alphabet = "ab<>@\"\\ .:;,=()[]-_\r\n\0\t\u001b\u00e9\u2028\ud83d";
        for (var round = 0; round < 200; round++)
        {
            var recipient = new DsnRecipient(
                Text(), new SmtpReply(random.Next(400, 600), null, [Text(), Text()]), random.Next(2) == 0 ? null : Text(), s_arrived);
            var original = new byte[random.Next(100)];
            random.NextBytes(original);
            _ = Parse(DsnComposer.Compose(s_failed with
            {
                Kind = (DsnKind)random.Next(2),
                Hostname = Text(),
                ReversePath = Text(),
                OriginalQueueId = Text(),
                WillRetryUntil = s_arrived,
                Recipients = [recipient],
                Original = original,
            }));
        }

        string Text() => string.Create(random.Next(1, 200), 0, (span, _) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = alphabet[random.Next(alphabet.Length)];
            }
        });
    }

    private static DsnRequest With(SmtpReply reply) => s_failed with
    {
        Recipients = ImmutableArray.Create(s_failed.Recipients[0] with { Reply = reply }),
    };

    private static HeaderList Group(DsnRequest request) =>
        ((MessageDeliveryStatus)((MultipartReport)Parse(DsnComposer.Compose(request)).Body!)[1]).StatusGroups[1];

    private static string Explanation(DsnRequest request) =>
        ((TextPart)((MultipartReport)Parse(DsnComposer.Compose(request)).Body!)[0]).Text.ReplaceLineEndings("\n");

    /// <summary>The last part, decoded, without MimeKit taking it to pieces.</summary>
    private static string ReturnedHeader(DsnRequest request)
    {
        var octets = DsnComposer.Compose(request);
        _ = Parse(octets);
        var parts = Encoding.ASCII.GetString(octets).Split("\r\n--=_" + request.QueueId);
        Assert.Equal(5, parts.Length);
        Assert.Equal("--\r\n", parts[4]);
        var part = parts[3];
        Assert.Contains("Content-Type: text/rfc822-headers\r\n", part, StringComparison.Ordinal);
        var content = part[(part.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        if (!part.Contains("quoted-printable", StringComparison.Ordinal))
        {
            return content;
        }

        using var source = new MemoryStream(Encoding.ASCII.GetBytes(content));
        using var output = new MemoryStream();
        new MimeContent(source, ContentEncoding.QuotedPrintable).DecodeTo(output, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(output.ToArray());
    }

    /// <summary>Parses a report after a look at its octets: ASCII, CRLF and nothing else, lines that every server takes.</summary>
    private static MimeMessage Parse(byte[] octets)
    {
        var text = Encoding.Latin1.GetString(octets);
        Assert.DoesNotContain(text, c => c is > '~' or (< ' ' and not ('\r' or '\n' or '\t')));
        Assert.EndsWith("\r\n", text, StringComparison.Ordinal);
        var lines = text.Split("\r\n");
        Assert.DoesNotContain(lines, line => line.Length > 998 || line.Contains('\r', StringComparison.Ordinal) || line.Contains('\n', StringComparison.Ordinal));
        return MimeMessage.Load(new MemoryStream(octets), TestContext.Current.CancellationToken);
    }
}
