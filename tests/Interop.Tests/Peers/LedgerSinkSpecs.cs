using MtaCluster.Interop.Tests.Smtp;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Interop.Tests.Peers;

/// <summary>The instruments are right before anything is measured with them.</summary>
public sealed class LedgerSinkSpecs
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Odd_messages_pass_from_the_raw_client_to_the_sink_unchanged()
    {
        var messages = OddMessages.Generate(seed: 1, 200).Append(OddMessages.Large(seed: 1, 1_000_000)).ToArray();
        await using var sink = LedgerSink.Start();
        await using var client = await RawSmtpClient.ConnectAsync(sink.Port, TestContext.Current.CancellationToken);

        foreach (var content in messages)
        {
            Assert.Equal(250, (await client.SendAsync("a@example.com", ["b@example.org"], content, TestContext.Current.CancellationToken)).Code);
        }

        Assert.Equal(messages, sink.Received.Select(mail => mail.Content));
        Assert.Equal((1, 1), (sink.PeakConnections, sink.TotalConnections));
    }

    [Fact]
    public async Task Content_ends_only_with_CRLF_dot_CRLF()
    {
        await using var sink = LedgerSink.Start();
        await using var client = await RawSmtpClient.ConnectAsync(sink.Port, TestContext.Current.CancellationToken);
        await client.BeginContentAsync("a@example.com", ["b@example.org"], TestContext.Current.CancellationToken);

        await client.WriteAsync("x\n.\ny\r.\r\nz\r\n.\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

        Assert.Equal(250, (await client.ReadReplyAsync(TestContext.Current.CancellationToken)).Code);
        Assert.Equal("x\n.\ny\r.\r\nz\r\n", Assert.Single(sink.Received).Text);
    }

    [Fact]
    public async Task The_script_decides_about_recipients_and_about_the_dot()
    {
        var dots = new Queue<DotAction>([DotAction.Refuse, DotAction.Lose, DotAction.Accept, DotAction.RecordAndDrop]);
        await using var sink = LedgerSink.Start(new SinkScript
        {
            OnRecipient = recipient => recipient.StartsWith("bad", StringComparison.Ordinal) ? "550 5.1.1 no" : null,
            OnDot = _ => dots.Dequeue(),
        });
        await using var client = await RawSmtpClient.ConnectAsync(sink.Port, TestContext.Current.CancellationToken);
        Task<WireReply> Send(string recipient) =>
            client.SendAsync("a@example.com", [recipient, "bad@example.org"], "x\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

        Assert.Equal(451, (await Send("1@example.org")).Code);
        Assert.Equal(250, (await Send("2@example.org")).Code);
        Assert.Equal(250, (await Send("3@example.org")).Code);
        await Assert.ThrowsAsync<ConnectionLostException>(() => Send("4@example.org"));

        Assert.Equal(["3@example.org", "4@example.org"], sink.Received.Select(mail => Assert.Single(mail.Recipients)));
    }

    [Fact]
    public async Task Postfix_relays_to_the_sink()
    {
        await using var sink = LedgerSink.Start();
        await using var postfix = await PostfixInstance.StartAsync(sink.Port);

        var sent = await SmtpSource.RunAsync(postfix.Port, 20, 4, 1000, "user@example.org", s_patience);

        Assert.True(sent.ExitCode == 0, sent.Output);
        Assert.Equal(20, (await sink.WaitForAsync(20, s_patience)).Count);
    }

    [Fact]
    public async Task Postfix_delivers_into_its_Maildir()
    {
        await using var postfix = await PostfixInstance.StartAsync();
        await using var client = await RawSmtpClient.ConnectAsync(postfix.Port, TestContext.Current.CancellationToken);

        var reply = await client.SendAsync(
            "a@example.com", [$"b@{PostfixInstance.LocalDomain}"], "Subject: x\r\n\r\n.text\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

        Assert.True(reply.Code == 250, reply.ToString());
        var mail = Assert.Single(await postfix.WaitForMailAsync(1, s_patience));
        Assert.True(mail.AsSpan().EndsWith("Subject: x\n\n.text\n"u8));
    }
}
