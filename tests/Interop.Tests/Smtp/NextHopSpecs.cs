using System.Text;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Interop.Tests.Smtp;

/// <summary>The node hands mail to other people's servers.</summary>
public sealed class NextHopSpecs
{
    [Fact]
    public async Task Postfix_takes_mail_and_delivers_it()
    {
        await using var postfix = await PostfixInstance.StartAsync();
        using var directory = TemporaryDirectory.Create();
        await using var node = await NodeProcess.StartAsync(new NodeSettings { Directory = directory.Path, NextHopPort = postfix.Port });

        await using (var client = await RawSmtpClient.ConnectAsync(node.Port, TestContext.Current.CancellationToken))
        {
            for (var number = 0; number < 20; number++)
            {
                var content = Encoding.ASCII.GetBytes($"Subject: number {number}\r\n\r\n.\r\n..two dots\r\nbody {number}\r\n");
                var reply = await client.SendAsync(
                    "sender@example.com", [$"user{number}@{PostfixInstance.LocalDomain}"], content, TestContext.Current.CancellationToken);
                Assert.Equal(250, reply.Code);
            }
        }

        var mail = (await postfix.WaitForMailAsync(20, RelayFixture.Patience)).Select(Encoding.ASCII.GetString).ToArray();
        Assert.Equal(20, mail.Length);
        Assert.All(Enumerable.Range(0, 20), number => Assert.Single(
            mail, text => text.EndsWith($"Subject: number {number}\n\n.\n..two dots\nbody {number}\n", StringComparison.Ordinal)));
        Assert.All(mail, text => Assert.Contains("by node.example.net", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Postfix_reports_what_was_asked_for_with_the_words_that_were_given()
    {
        await using var postfix = await PostfixInstance.StartAsync();
        using var directory = TemporaryDirectory.Create();
        await using var node = await NodeProcess.StartAsync(new NodeSettings { Directory = directory.Path, NextHopPort = postfix.Port });
        await using (var client = await RawSmtpClient.ConnectAsync(node.Port, TestContext.Current.CancellationToken))
        {
            string[] commands =
            [
                $"MAIL FROM:<sender@{PostfixInstance.LocalDomain}> BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=QQ+2B314",
                $"RCPT TO:<j\u00f6rg@{PostfixInstance.LocalDomain}> NOTIFY=SUCCESS ORCPT=utf-8;j\u00f6rg@example.net",
            ];
            foreach (var command in commands)
            {
                var reply = await client.CommandAsync(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(command)), TestContext.Current.CancellationToken);
                Assert.True(reply.Code == 250, $"{command}: {reply}");
            }

            Assert.Equal(354, (await client.CommandAsync("DATA", TestContext.Current.CancellationToken)).Code);
            var content = Encoding.UTF8.GetBytes("Subject: gr\u00fc\u00dfe\r\n\r\nna\u00efve\r\n");
            Assert.Equal(250, (await client.FinishContentAsync(content, TestContext.Current.CancellationToken)).Code);
        }

        var mail = (await postfix.WaitForMailAsync(2, RelayFixture.Patience)).Select(Encoding.UTF8.GetString).ToArray();
        Assert.Contains(mail, text => text.EndsWith("Subject: gr\u00fc\u00dfe\n\nna\u00efve\n", StringComparison.Ordinal));
        var report = Assert.Single(mail, text => text.Contains("Action: delivered", StringComparison.Ordinal));
        Assert.Contains("Original-Envelope-Id: QQ+314", report, StringComparison.Ordinal);
        Assert.Contains("Original-Recipient: utf-8;j\u00f6rg@example.net", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Smtp_sink_takes_every_message_of_a_burst()
    {
        await using var sink = await SmtpSink.StartAsync(endsAfterMessages: 500);
        using var directory = TemporaryDirectory.Create();
        await using var node = await NodeProcess.StartAsync(new NodeSettings { Directory = directory.Path, NextHopPort = sink.Port });

        var sent = await SmtpSource.RunAsync(node.Port, 500, 20, 1024, "user@example.org", RelayFixture.Patience);

        Assert.True(sent.ExitCode == 0, sent.Output);
        Assert.Equal(0, await sink.WaitForExitAsync(RelayFixture.Patience));
    }
}
