using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using MimeKit;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Interop.Tests.Smtp;

/// <summary>What senders ask for, from their own command to the next hop's, and to the reports that come back.</summary>
public sealed partial class RequestsSpecs : IAsyncLifetime
{
    private static readonly ImmutableArray<string> s_everything =
        ["PIPELINING", "8BITMIME", "DSN", "SMTPUTF8", "DELIVERBY", "MT-PRIORITY", "ENHANCEDSTATUSCODES"];

    private readonly TemporaryDirectory _directory = TemporaryDirectory.Create();
    private LedgerSink _sink = null!;
    private NodeSettings _settings = null!;
    private NodeProcess _node = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        if (_node is not null)
        {
            await _node.DisposeAsync();
            await _sink.DisposeAsync();
        }

        _directory.Dispose();
    }

    [Fact]
    public async Task It_goes_on_to_a_next_hop_that_offers_it()
    {
        await StartAsync(s_everything);

        await SendAsync(
            "MAIL FROM:<s@example.org> RET=HDRS ENVID=QQ+2B1 BY=3600;NT MT-PRIORITY=2",
            "Subject: x\r\n\r\nx\r\n",
            "RCPT TO:<a@example.com> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;o+2Bx@example.net",
            "RCPT TO:<b@example.com> NOTIFY=NEVER");

        var mail = await MailAsync(mail => mail.ReversePath == "s@example.org");
        Assert.Matches(MailCommand(), mail.Commands[0]);
        Assert.Equal(
            ["RCPT TO:<a@example.com> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;o+2Bx@example.net", "RCPT TO:<b@example.com> NOTIFY=NEVER"], mail.Commands[1..]);
    }

    [Fact]
    public async Task A_next_hop_without_dsn_is_reported_to_the_sender_who_wants_to_know()
    {
        await StartAsync(["PIPELINING"]);

        await SendAsync(
            "MAIL FROM:<s@example.org> ENVID=QQ1", "Subject: x\r\n\r\nx\r\n", "RCPT TO:<a@example.com> NOTIFY=SUCCESS ORCPT=rfc822;o@example.net", "RCPT TO:<b@example.com>");

        var report = await ReportAsync();
        Assert.Equal("QQ1", report[0]["Original-Envelope-Id"]);
        Assert.Equal(2, report.Count);
        Assert.Equal(
            ("relayed", "rfc822; o@example.net", "rfc822; a@example.com"),
            (report[1]["Action"], report[1]["Original-Recipient"], report[1]["Final-Recipient"]));
    }

    [Fact]
    public async Task Who_needs_smtputf8_gets_it_or_the_message_back()
    {
        await StartAsync(["PIPELINING", "8BITMIME"]);

        await SendAsync("MAIL FROM:<s@example.org> SMTPUTF8", "Subject: x\r\n\r\nx\r\n", "RCPT TO:<j\u00f6rg@example.com>", "RCPT TO:<plain@example.com>");

        var mail = await MailAsync(mail => mail.ReversePath == "s@example.org");
        Assert.Equal(["MAIL FROM:<s@example.org>", "RCPT TO:<plain@example.com>"], mail.Commands);
        var report = await ReportAsync();
        Assert.Equal(("failed", "5.6.7", "utf-8; j\\x{F6}rg@example.com"), (report[1]["Action"], report[1]["Status"], report[1]["Final-Recipient"]));
    }

    [Fact]
    public async Task Utf8_in_the_header_section_goes_by_smtputf8()
    {
        await StartAsync(s_everything);

        await SendAsync("MAIL FROM:<s@example.org> BODY=8BITMIME SMTPUTF8", "Subject: gr\u00fc\u00dfe\r\n\r\nx\r\n", "RCPT TO:<a@example.com>");

        Assert.Equal("MAIL FROM:<s@example.org> BODY=8BITMIME SMTPUTF8", (await MailAsync(_ => true)).Commands[0]);
    }

    [Fact]
    public async Task Text_in_8_bits_is_converted_for_a_next_hop_that_takes_7()
    {
        await StartAsync(["PIPELINING"]);
        const string Header = "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n";

        await SendAsync("MAIL FROM:<s@example.org> BODY=8BITMIME", Header + "\r\nna\u00efve\r\n", "RCPT TO:<a@example.com>");

        var mail = await MailAsync(_ => true);
        Assert.True(Ascii.IsValid(mail.Content));
        Assert.Equal("na\u00efve", ((TextPart)(await MimeMessage.LoadAsync(new MemoryStream(mail.Content), Stop)).Body!).Text.TrimEnd());
    }

    [Fact]
    public async Task Binary_content_arrives_to_the_octet_though_the_next_hop_takes_text_only()
    {
        await StartAsync(["PIPELINING", "8BITMIME"]);
        var content = new byte[3_000];
        new Random(4).NextBytes(content);
        byte[] message =
        [
            .. "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n"u8, .. content,
        ];

        await using (var client = await RawSmtpClient.ConnectAsync(_node.Port, Stop))
        {
            await ExpectAsync(client, 250, "MAIL FROM:<s@example.org> BODY=BINARYMIME");
            await ExpectAsync(client, 250, "RCPT TO:<a@example.com>");
            await client.WriteAsync(Encoding.ASCII.GetBytes($"BDAT {message.Length} LAST\r\n"), Stop);
            await client.WriteAsync(message, Stop);
            Assert.Equal(250, (await client.ReadReplyAsync(Stop)).Code);
        }

        var mail = await MailAsync(_ => true);
        using var decoded = new MemoryStream();
        await ((MimePart)(await MimeMessage.LoadAsync(new MemoryStream(mail.Content), Stop)).Body!).Content!.DecodeToAsync(decoded, Stop);
        Assert.Equal(content, decoded.ToArray());
    }

    [Fact]
    public async Task What_is_held_waits_for_its_time_though_the_node_is_killed()
    {
        await StartAsync(s_everything);
        await SendAsync("MAIL FROM:<s@example.org> HOLDFOR=4", "Subject: held\r\n\r\nx\r\n", "RCPT TO:<a@example.com>");
        var accepted = TimeProvider.System.GetTimestamp();

        await _node.KillAsync();
        await _node.DisposeAsync();
        _node = await NodeProcess.StartAsync(_settings);
        await SendAsync("MAIL FROM:<s@example.org>", "Subject: not held\r\n\r\nx\r\n", "RCPT TO:<b@example.com>");

        var held = await MailAsync(mail => mail.Recipients.Contains("a@example.com"));
        Assert.InRange(TimeProvider.System.GetElapsedTime(accepted, held.ReceivedAt), TimeSpan.FromSeconds(3.5), RelayFixture.Patience);
        Assert.Single(_sink.Received, mail => mail.Recipients.Contains("a@example.com"));
    }

    [GeneratedRegex(@"^MAIL FROM:<s@example\.org> RET=HDRS ENVID=QQ\+2B1 BY=3[56]\d\d;NT MT-PRIORITY=2$")]
    private static partial Regex MailCommand();

    private static async Task ExpectAsync(RawSmtpClient client, int code, string line)
    {
        // One char per octet is what the client sends.
        var reply = await client.CommandAsync(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(line)), Stop);
        Assert.True(reply.Code == code, $"{line}: {reply}");
    }

    private async Task StartAsync(ImmutableArray<string> extensions)
    {
        _sink = LedgerSink.Start(new SinkScript { Extensions = extensions });
        _settings = new NodeSettings { Directory = _directory.Path, NextHopPort = _sink.Port };
        _node = await NodeProcess.StartAsync(_settings);
    }

    private async Task SendAsync(string mail, string content, params string[] recipients)
    {
        await using var client = await RawSmtpClient.ConnectAsync(_node.Port, Stop);
        await ExpectAsync(client, 250, mail);
        foreach (var recipient in recipients)
        {
            await ExpectAsync(client, 250, recipient);
        }

        await ExpectAsync(client, 354, "DATA");
        Assert.Equal(250, (await client.FinishContentAsync(Encoding.UTF8.GetBytes(content), Stop)).Code);
    }

    private async Task<ReceivedMail> MailAsync(Func<ReceivedMail, bool> condition)
    {
        await _sink.WaitUntilAsync(() => _sink.Received.Any(condition), RelayFixture.Patience);
        return _sink.Received.First(condition);
    }

    private async Task<HeaderListCollection> ReportAsync()
    {
        var mail = await MailAsync(mail => mail.ReversePath.Length == 0);
        Assert.Equal(["s@example.org"], mail.Recipients);
        var report = (MultipartReport)(await MimeMessage.LoadAsync(new MemoryStream(mail.Content), Stop)).Body!;
        return report.OfType<MessageDeliveryStatus>().Single().StatusGroups;
    }
}
