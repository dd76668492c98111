using System.Net;
using System.Text;
using MtaCluster.Protocol.Smtp.Server;
using Xunit;

namespace MtaCluster.Protocol.Tests.Smtp.Server;

public sealed class TraceHeadersSpecs
{
    private static readonly TraceInfo s_info = new(
        "client.example", "ESMTP", IPAddress.Parse("192.0.2.7"), "mx.example.net", "0QUEUEID", "v@y.org",
        new DateTimeOffset(2025, 7, 1, 14, 4, 5, TimeSpan.FromHours(2)));

    [Fact]
    public void The_received_field_says_from_where_by_whom_for_whom_and_when() => Assert.Equal(
        "Received: from client.example ([192.0.2.7])\r\n\tby mx.example.net with ESMTP id 0QUEUEID\r\n\tfor <v@y.org>;\r\n"
            + "\tTue, 01 Jul 2025 12:04:05 +0000\r\n",
        Write(s_info, "Subject: x\r\n\r\n"));

    [Fact]
    public void Several_recipients_are_not_named_and_HELO_is_SMTP() => Assert.Equal(
        "Received: from [IPv6:2001:db8::1] ([IPv6:2001:db8::7])\r\n\tby mx.example.net with SMTP id 0QUEUEID;\r\n"
            + "\tTue, 01 Jul 2025 12:04:05 +0000\r\n",
        Write(
            s_info with
            {
                HelloName = "[IPv6:2001:db8::1]",
                Protocol = "SMTP",
                Client = IPAddress.Parse("2001:db8::7%3"),
                Recipient = null,
            },
            "Subject: x\r\n\r\n"));

    [Theory]
    [InlineData(false, false, false, false, false, "SMTP")]
    [InlineData(true, false, false, false, false, "ESMTP")]
    [InlineData(true, true, false, false, false, "ESMTPS")]
    [InlineData(true, false, true, false, false, "ESMTPA")]
    [InlineData(true, true, true, false, false, "ESMTPSA")]
    [InlineData(true, true, true, true, false, "UTF8SMTPSA")]
    [InlineData(true, false, false, true, false, "UTF8SMTP")]
    [InlineData(true, true, false, false, true, "LMTPS")]
    [InlineData(true, false, true, true, true, "UTF8LMTPA")]
    public void The_protocol_type_tells_of_TLS_AUTH_and_SMTPUTF8(bool extended, bool secure, bool user, bool utf8, bool lmtp, string type) => Assert.Equal(
        type,
        TraceHeaders.ProtocolType(
            SmtpServerState.Start with
            {
                Extended = extended,
                Secure = secure,
                User = user ? "u" : null,
                MailParameters = MailParameters.None with { SmtpUtf8 = utf8 },
            },
            lmtp));

    [Fact]
    public void Tls_and_an_international_recipient_are_named() => Assert.Equal(
        "Received: from client.example ([192.0.2.7])\r\n\t(using TLSv1.3 with cipher X)\r\n\tby mx.example.net with UTF8SMTPS id 0QUEUEID\r\n"
            + "\tfor <\u00fc@y.org>;\r\n\tTue, 01 Jul 2025 12:04:05 +0000\r\n",
        Write(s_info with { Protocol = "UTF8SMTPS", Tls = "TLSv1.3 with cipher X", Recipient = "\u00fc@y.org" }, "Subject: x\r\n\r\n"));

    [Theory]
    [InlineData("Subject: x\r\n\r\n", true, true)]
    [InlineData("Date: x\r\n\r\n", true, false)]
    [InlineData("Message-ID: x\r\n\r\n", false, true)]
    [InlineData("Date: x\r\nMessage-ID: x\r\n\r\n", false, false)]
    public void A_submission_gets_the_fields_that_its_author_left_out(string content, bool addsId, bool addsDate)
    {
        var text = Write(s_info, content, isSubmission: true);
        Assert.Equal(addsId, text.Contains("\r\nMessage-ID: <0QUEUEID@mx.example.net>\r\n", StringComparison.Ordinal));
        Assert.Equal(addsDate, text.EndsWith("\r\nDate: Tue, 01 Jul 2025 12:04:05 +0000\r\n", StringComparison.Ordinal));
    }

    [Fact]
    public void An_empty_line_is_added_before_a_message_without_a_header_section()
    {
        Assert.EndsWith("+0000\r\n\r\n", Write(s_info, "body\r\n"), StringComparison.Ordinal);
        Assert.DoesNotContain("\r\n\r\n", Write(s_info, "\r\nbody\r\n"), StringComparison.Ordinal);
        Assert.DoesNotContain("\r\n\r\n", Write(s_info, ""), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_can_be_injected_and_the_longest_fields_fit()
    {
        var evil = "x\r\nBcc: all@x.org\r\n\r\n\0" + new string('y', 5000);
        var text = Write(new TraceInfo(evil, evil, IPAddress.IPv6Loopback, evil, evil, evil, DateTimeOffset.MaxValue), "", isSubmission: true);
        Assert.True(text.Length <= TraceHeaders.MaximumLength);
        Assert.Equal(["Received", "\tby x??B", "\tfor <x?", "\tFri, 31", "Message-", "Date: Fr", ""], text.Split("\r\n").Select(line => line[..Math.Min(8, line.Length)]));
        Assert.All(text.Split("\r\n"), line => Assert.True(line.Length <= 998));
    }

    private static string Write(TraceInfo info, string content, bool isSubmission = false)
    {
        var scanner = new HeaderScanner();
        scanner.Feed(Encoding.ASCII.GetBytes(content));
        var buffer = new byte[TraceHeaders.MaximumLength];
        return Encoding.UTF8.GetString(buffer, 0, TraceHeaders.Write(buffer, info, scanner, isSubmission));
    }
}
