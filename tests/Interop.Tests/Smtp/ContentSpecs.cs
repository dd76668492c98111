using System.Text;
using System.Text.RegularExpressions;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Interop.Tests.Smtp;

/// <summary>What goes in comes out, to the octet, below the trace header fields; what may not go in does not come out.</summary>
public sealed partial class ContentSpecs(RelayFixture relay) : IClassFixture<RelayFixture>
{
    private const int Odd = 300;
    private const int Sessions = 4;
    private const int LongestLine = 1024 * 1024;
    private const int LargeMessage = 25 * 1024 * 1024;
    private static readonly string[] s_traceFields = ["Received", "Message-ID", "Date"];

    // Names and content; the names alone are theory data, so that no result file holds control characters.
    private static readonly Dictionary<string, string> s_forbidden = new()
    {
        ["lone-lf"] = "a\nb\r\n",
        ["lone-cr"] = "a\rb\r\n",
        ["nul"] = "a\0b\r\n",
        ["lf-dot-lf"] = "a\n.\nMAIL FROM:<x@example.com>\r\nRCPT TO:<smuggled1@example.org>\r\nDATA\r\nb\r\n",
        ["lf-dot-crlf"] = "a\n.\r\nMAIL FROM:<x@example.com>\r\nRCPT TO:<smuggled2@example.org>\r\nDATA\r\nb\r\n",
        ["cr-dot-cr"] = "a\r.\rMAIL FROM:<x@example.com>\r\nRCPT TO:<smuggled3@example.org>\r\nDATA\r\nb\r\n",
        ["crlf-dot-lf"] = "a\r\n.\nMAIL FROM:<x@example.com>\r\nRCPT TO:<smuggled4@example.org>\r\nDATA\r\nb\r\n",
        ["crlf-dot-cr"] = "a\r\n.\rMAIL FROM:<x@example.com>\r\nRCPT TO:<smuggled5@example.org>\r\nDATA\r\nb\r\n",
        ["cr-crlf-dot"] = "a\r\r\n.\0\r\nMAIL FROM:<x@example.com>\r\nRCPT TO:<smuggled6@example.org>\r\nDATA\r\nb\r\n",
        ["lf-at-end"] = "a\n",
        ["cr-at-end"] = "a\r",
    };

    /// <summary>What no content of a message may hold, by name.</summary>
    public static TheoryData<string> Forbidden => [.. s_forbidden.Keys];

    [Fact]
    public async Task Three_hundred_odd_messages_arrive_unchanged_below_the_trace_fields()
    {
        var messages = OddMessages.Generate(seed: 2821, Odd).ToArray();
        await Task.WhenAll(Enumerable.Range(0, Sessions).Select(session => SendEveryAsync(messages, session)));

        var recipients = Enumerable.Range(0, Odd).Select(number => $"odd{number}@example.org").ToArray();
        await relay.Sink.WaitUntilAsync(() => relay.Sink.Received.Count(mail => mail.Recipients[0].StartsWith("odd", StringComparison.Ordinal)) >= Odd, RelayFixture.Patience);
        var arrived = relay.Sink.Received.ToLookup(mail => mail.Recipients[0]);
        for (var number = 0; number < Odd; number++)
        {
            AssertUnchanged(messages[number], Assert.Single(arrived[recipients[number]]), $"message {number}");
        }
    }

    [Fact]
    public async Task A_message_of_25_MB_arrives_unchanged()
    {
        var content = OddMessages.Large(seed: 25, LargeMessage);
        await using var client = await relay.ConnectAsync();

        var reply = await client.SendAsync("sender@example.com", ["large@example.org"], content, TestContext.Current.CancellationToken);

        Assert.True(reply.Code == 250, reply.ToString());
        AssertUnchanged(content, Assert.Single(await relay.WaitForMailToAsync("large@example.org")), "the large message");
    }

    [Fact]
    public async Task A_line_of_1_MiB_arrives_unchanged_and_a_longer_one_is_refused()
    {
        var content = Encoding.ASCII.GetBytes($"Subject: long\r\n\r\n{new string('x', LongestLine)}\r\nend\r\n");
        var tooLong = Encoding.ASCII.GetBytes($"Subject: long\r\n\r\n{new string('x', LongestLine + 1)}\r\nend\r\n");
        await using var client = await relay.ConnectAsync();

        var refused = await client.SendAsync("sender@example.com", ["too-long@example.org"], tooLong, TestContext.Current.CancellationToken);
        var accepted = await client.SendAsync("sender@example.com", ["long@example.org"], content, TestContext.Current.CancellationToken);

        Assert.InRange(refused.Code, 500, 599);
        Assert.True(accepted.Code == 250, accepted.ToString());
        AssertUnchanged(content, Assert.Single(await relay.WaitForMailToAsync("long@example.org")), "the long line");
        await relay.Node.WaitForEmptyQueueAsync(RelayFixture.Patience);
        Assert.Empty(relay.MailTo("too-long@example.org"));
    }

    [Theory]
    [MemberData(nameof(Forbidden))]
    public async Task Content_with_NUL_or_a_lone_CR_or_LF_is_refused_and_never_passed_on(string name)
    {
        await using (var client = await relay.ConnectAsync())
        {
            var begun = await client.BeginContentAsync("sender@example.com", [$"{name}@example.org"], TestContext.Current.CancellationToken);
            Assert.Equal(354, begun.Code);
            await client.WriteAsync(Encoding.Latin1.GetBytes(s_forbidden[name] + "\r\n.\r\n"), TestContext.Current.CancellationToken);
            var reply = await client.ReadReplyAsync(TestContext.Current.CancellationToken);
            Assert.InRange(reply.Code, 500, 599);
        }

        await using var other = await relay.ConnectAsync();
        var sentinel = $"after-{name}@example.org";
        Assert.Equal(250, (await other.SendAsync("sender@example.com", [sentinel], "\r\nok\r\n"u8.ToArray(), TestContext.Current.CancellationToken)).Code);
        await relay.WaitForMailToAsync(sentinel);
        await relay.Node.WaitForEmptyQueueAsync(RelayFixture.Patience);
        Assert.DoesNotContain(relay.Sink.Received, mail => mail.Recipients[0].StartsWith("smuggled", StringComparison.Ordinal)
            || mail.Recipients[0].StartsWith(name + "@", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Message_ID_and_Date_are_added_only_where_they_are_missing()
    {
        await using var client = await relay.ConnectAsync();
        await client.SendAsync("s@example.com", ["with@example.org"], "Date: Thu, 1 Jan 2026 00:00:00 +0000\r\nMessage-ID: <a@example.com>\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await client.SendAsync("s@example.com", ["without@example.org"], "Subject: x\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

        var with = Assert.Single(await relay.WaitForMailToAsync("with@example.org"));
        var without = Assert.Single(await relay.WaitForMailToAsync("without@example.org"));
        Assert.Equal(["Received"], FieldNames(with.Text[..with.Text.IndexOf("Date: Thu, 1 Jan 2026", StringComparison.Ordinal)]));
        var added = FieldNames(without.Text[..without.Text.IndexOf("Subject: x", StringComparison.Ordinal)]).ToArray();
        Assert.Equal(s_traceFields.Order(), added.Order());
    }

    private static void AssertUnchanged(byte[] sent, ReceivedMail arrived, string what)
    {
        Assert.True(arrived.Content.AsSpan().EndsWith(sent), $"{what} was changed");
        var prefix = Encoding.Latin1.GetString(arrived.Content.AsSpan(0, arrived.Content.Length - sent.Length));
        if (!BeginsLikeAHeaderSection(Encoding.Latin1.GetString(sent)))
        {
            // An empty line keeps the first line of the body out of the header section that the trace fields make.
            Assert.EndsWith("\r\n\r\n", prefix, StringComparison.Ordinal);
            prefix = prefix[..^2];
        }

        var added = FieldNames(prefix).ToArray();
        Assert.NotEmpty(added);
        Assert.Equal("Received", added[0]);
        Assert.All(added, name => Assert.Contains(name, s_traceFields));
        Assert.Equal(added.Length, added.Distinct().Count());
    }

    /// <summary>RFC 5322 section 2.2: a name of printable ASCII and a colon; or nothing, or the empty line that ends the section.</summary>
    private static bool BeginsLikeAHeaderSection(string content) =>
        content.Length == 0 || content.StartsWith("\r\n", StringComparison.Ordinal) || HeaderFieldStart().IsMatch(content);

    [GeneratedRegex(@"^[!-9;-~]+[ \t]*:")]
    private static partial Regex HeaderFieldStart();

    /// <summary>The names of header fields in text that must be nothing but header fields.</summary>
    private static IEnumerable<string> FieldNames(string text)
    {
        Assert.EndsWith("\r\n", text, StringComparison.Ordinal);
        foreach (var line in text[..^2].Split("\r\n").Where(line => line.Length == 0 || line[0] is not (' ' or '\t')))
        {
            Assert.Contains(":", line, StringComparison.Ordinal);
            yield return line[..line.IndexOf(':', StringComparison.Ordinal)];
        }
    }

    private async Task SendEveryAsync(byte[][] messages, int session)
    {
        await using var client = await relay.ConnectAsync();
        for (var number = session; number < messages.Length; number += Sessions)
        {
            var reply = await client.SendAsync(
                "sender@example.com", [$"odd{number}@example.org"], messages[number], TestContext.Current.CancellationToken);
            Assert.True(reply.Code == 250, $"message {number}: {reply}");
        }
    }
}
