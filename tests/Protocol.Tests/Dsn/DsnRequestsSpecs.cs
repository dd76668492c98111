using System.Text;
using MimeKit;
using MtaCluster.Protocol.Dsn;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Protocol.Tests.Dsn;

/// <summary>Notifications that senders asked for: of success, with the whole message, with their own identifiers, in UTF-8.</summary>
public sealed class DsnRequestsSpecs
{
    private const string Message = "Subject: hello\r\nFrom: alice@example.org\r\n\r\nthe body\r\n";

    private static readonly DateTimeOffset s_arrived = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

    private static readonly DsnRequest s_request = new(
        DsnKind.Failed,
        "DSN123",
        "ORIG456",
        "mx1.example.net",
        "alice@example.org",
        s_arrived,
        s_arrived.AddHours(5),
        null,
        [new DsnRecipient("bob@example.com", new SmtpReply(250, null, "queued"), "mx.example.com", s_arrived)],
        Encoding.UTF8.GetBytes(Message));

    [Theory]
    [InlineData(DsnKind.Delivered, "delivered", "Your message was delivered")]
    [InlineData(DsnKind.Relayed, "relayed", "Your message was relayed")]
    public void A_success_is_reported_with_the_reply_that_tells_of_it(DsnKind kind, string action, string subject)
    {
        var message = Parse(s_request with { Kind = kind });

        Assert.Equal(subject, message.Subject);
        var group = Groups(message)[1];
        Assert.Equal((action, "2.0.0", "smtp; 250 queued"), (group["Action"], group["Status"], group["Diagnostic-Code"]));
        Assert.Contains("Reply: 250 queued", Explanation(message), StringComparison.Ordinal);
        Assert.Equal("text/rfc822-headers", Part(message, 2).ContentType.MimeType);
    }

    [Fact]
    public void The_envelope_id_of_the_sender_comes_back()
        => Assert.Equal("QQ 314159", Groups(Parse(s_request with { EnvelopeId = "QQ 314159" }))[0]["Original-Envelope-Id"]);

    [Theory]
    [InlineData("rfc822;bob+2Blists@example.com", false, "rfc822; bob+lists@example.com")]
    [InlineData("RFC822;bob@example.com", false, "RFC822; bob@example.com")]
    [InlineData("x400;+2FC+3DUS", false, "x400; /C=US")]
    [InlineData("rfc822;not+xtext", false, "rfc822; not+xtext")]
    [InlineData("utf-8;j\\x{F6}rg@example.com", false, "utf-8; j\\x{F6}rg@example.com")]
    [InlineData("utf-8;j\u00f6rg@example.com", false, "utf-8; j\\x{F6}rg@example.com")]
    [InlineData("utf-8;j\\x{F6}rg@example.com", true, "utf-8; j\u00f6rg@example.com")]
    [InlineData("nonsense", false, "unknown; nonsense")]
    public void The_original_recipient_comes_back_decoded(string given, bool international, string field)
    {
        var request = s_request with { IsInternational = international, Recipients = [s_request.Recipients[0] with { OriginalRecipient = given }] };

        Assert.Equal(field, Fields(request)["Original-Recipient"]);
    }

    [Fact]
    public void A_hostile_original_recipient_cannot_forge_a_field()
    {
        var request = s_request with { Recipients = [s_request.Recipients[0] with { OriginalRecipient = "rfc822;a+0D+0AAction:+20delivered" }] };

        Assert.Equal("rfc822; a  Action: delivered", Fields(request)["Original-Recipient"]);
        Assert.Equal("failed", Fields(request)["Action"]);
    }

    [Fact]
    public void A_whole_message_comes_back_as_a_message()
    {
        var message = Parse(s_request with { IsOriginalWhole = true });

        var returned = Assert.IsType<MessagePart>(((Multipart)message.Body!)[2]);
        Assert.Equal("hello", returned.Message!.Subject);
        Assert.Contains(Message, Encoding.UTF8.GetString(DsnComposer.Compose(s_request with { IsOriginalWhole = true })), StringComparison.Ordinal);
        Assert.Contains("Your message is attached", Explanation(message), StringComparison.Ordinal);
    }

    [Fact]
    public void A_whole_message_in_8bit_comes_back_as_it_is_and_the_report_says_so()
    {
        var request = s_request with { IsOriginalWhole = true, Original = Encoding.Latin1.GetBytes("Subject: x\r\n\r\nd\u00e9j\u00e0 vu\r\n") };

        var octets = DsnComposer.Compose(request);

        Assert.True(octets.AsSpan().IndexOf(request.Original.Span) > 0);
        Assert.Equal("8bit", Parse(request).Body!.Headers[HeaderId.ContentTransferEncoding]);
    }

    [Theory]
    [InlineData("Subject: x\r\n\r\na\nb\r\n")]
    [InlineData("Subject: x\r\n\r\na\0b\r\n")]
    [InlineData("long")]
    public void A_message_that_cannot_travel_within_another_comes_back_as_its_header(string original)
    {
        var text = original == "long" ? "Subject: x\r\n\r\n" + new string('x', 999) + "\r\n" : original;

        var message = Parse(s_request with { IsOriginalWhole = true, Original = Encoding.ASCII.GetBytes(text) });

        Assert.Equal("text/rfc822-headers", Part(message, 2).ContentType.MimeType);
        Assert.Contains("The header of your message is attached", Explanation(message), StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_that_holds_the_boundary_does_not_break_the_report()
    {
        var request = s_request with { IsOriginalWhole = true, Original = "Subject: x\r\n\r\n--=_DSN123\r\n--=_DSN123_\r\n--=_DSN123--\r\nend\r\n"u8.ToArray() };

        var report = Assert.IsType<MultipartReport>(Parse(request).Body);

        Assert.Equal(3, report.Count);
        Assert.Contains("end", ((TextPart)((MessagePart)report[2]).Message!.Body!).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void To_who_can_read_utf8_everything_is_in_utf8()
    {
        var request = s_request with
        {
            IsInternational = true,
            ReversePath = "\u00e1lice@example.org",
            Recipients = [s_request.Recipients[0] with { Address = "j\u00f6rg@example.com", Reply = new SmtpReply(550, null, "\u00e9t\u00e9") }],
            Original = Encoding.UTF8.GetBytes("Subject: gr\u00fc\u00dfe\r\n\r\nbody\r\n"),
        };

        var octets = DsnComposer.Compose(request);
        var text = Encoding.UTF8.GetString(octets);

        Assert.Contains("\r\nTo: <\u00e1lice@example.org>\r\n", text, StringComparison.Ordinal);
        Assert.Contains("report-type=global-delivery-status", text, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: message/global-delivery-status\r\n", text, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: message/global-headers\r\n", text, StringComparison.Ordinal);
        Assert.Contains("\r\nFinal-Recipient: utf-8; j\u00f6rg@example.com\r\n", text, StringComparison.Ordinal);
        Assert.Contains("\r\nDiagnostic-Code: smtp; 550 \u00e9t\u00e9\r\n", text, StringComparison.Ordinal);
        Assert.Equal("8bit", Parse(request).Body!.Headers[HeaderId.ContentTransferEncoding]);
    }

    [Fact]
    public void A_whole_message_in_utf8_comes_back_as_a_global_one()
    {
        var request = s_request with
        {
            IsInternational = true,
            IsOriginalWhole = true,
            Original = Encoding.UTF8.GetBytes("Subject: gr\u00fc\u00dfe\r\n\r\nbody\r\n"),
        };

        Assert.Equal("message/global", Part(Parse(request), 2).ContentType.MimeType);
    }

    private static MimeMessage Parse(DsnRequest request)
        => MimeMessage.Load(new MemoryStream(DsnComposer.Compose(request)), TestContext.Current.CancellationToken);

    private static HeaderListCollection Groups(MimeMessage message) => Assert.IsType<MessageDeliveryStatus>(Part(message, 1)).StatusGroups;

    // MimeKit reads the fields of message/delivery-status only: those of the other are read as text.
    private static Dictionary<string, string> Fields(DsnRequest request)
    {
        var text = Encoding.UTF8.GetString(DsnComposer.Compose(request)).Replace("\r\n ", " ", StringComparison.Ordinal);
        return text.Split("\r\n")
            .Select(line => line.Split(": ", 2))
            .Where(field => field.Length == 2 && field[0] is "Original-Recipient" or "Action")
            .ToDictionary(field => field[0], field => field[1]);
    }

    private static MimeEntity Part(MimeMessage message, int index) => ((Multipart)message.Body!)[index];

    private static string Explanation(MimeMessage message) => ((TextPart)Part(message, 0)).Text.ReplaceLineEndings("\n");
}
