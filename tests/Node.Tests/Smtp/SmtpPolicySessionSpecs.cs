using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Policy;
using MtaCluster.Node.Smtp.Gate;
using MtaCluster.Node.Tests.Smtp.Gate;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Policy;
using MtaCluster.Protocol.Smtp;
using MtaCluster.Testing.Policy;
using Xunit;

namespace MtaCluster.Node.Tests.Smtp;

public sealed class SmtpPolicySessionSpecs
{
    private static readonly PolicyVerdict s_reject = new PolicyVerdict.Reject(new SmtpReply(550, new EnhancedStatusCode(5, 7, 1), "No"));
    private static readonly PolicyVerdict s_defer = new PolicyVerdict.Defer(new SmtpReply(451, new EnhancedStatusCode(4, 7, 1), "Later"));

    [Fact]
    public async Task A_client_may_be_refused_before_the_greeting()
    {
        await using var session = With(RecordingPolicy.That(PolicyStage.Connect, s_reject));
        Assert.Equal("550 5.7.1 No", await session.StartAsync());
        await session.ExpectCloseAsync();
    }

    [Theory]
    [InlineData(PolicyStage.Hello, "EHLO c\r\n")]
    [InlineData(PolicyStage.Mail, "MAIL FROM:<u@x.org>\r\n")]
    [InlineData(PolicyStage.Recipient, "RCPT TO:<v@y.org>\r\n")]
    [InlineData(PolicyStage.Message, "x: y\r\n.\r\n")]
    public async Task Each_stage_may_be_refused_for_good_or_for_now_and_the_session_goes_on(PolicyStage stage, string refused)
    {
        foreach (var (verdict, reply) in ((PolicyVerdict, string)[])[(s_reject, "550 5.7.1 No"), (s_defer, "451 4.7.1 Later")])
        {
            await using var session = With(RecordingPolicy.That(stage, verdict));
            await session.StartAsync();
            foreach (var (command, accepted) in ((string, string)[])[("EHLO c\r\n", "250"), ("MAIL FROM:<u@x.org>\r\n", "250"), ("RCPT TO:<v@y.org>\r\n", "250"), ("DATA\r\n", "354"), ("x: y\r\n.\r\n", "250")])
            {
                await session.ExpectAsync(command, command == refused ? reply : accepted);
                if (command == refused)
                {
                    break;
                }
            }

            await session.ExpectAsync("NOOP\r\n", "250");
            Assert.Empty(session.Connections.Messages);
            Assert.Equal(0, session.Store.Open);
        }
    }

    [Fact]
    public async Task A_policy_sees_the_session_as_it_is()
    {
        var policy = new RecordingPolicy();
        await using var session = With(policy);
        await SendAsync(session);
        Assert.Equal([PolicyStage.Connect, PolicyStage.Hello, PolicyStage.Mail, PolicyStage.Recipient, PolicyStage.Message], policy.Questions.Select(question => question.Stage));
        var last = policy.Questions[^1];
        Assert.Equal(("c", "u@x.org", "v@y.org"), (last.Session.HelloName, last.Session.ReversePath.ToString(), last.Session.Recipients[0].ToString()));
        Assert.Equal(("Subject: x\r\n", true), (Encoding.ASCII.GetString(last.Message!.Header.Span), last.Message.HeaderIsWhole));
    }

    [Fact]
    public async Task What_was_said_of_a_HELO_holds_until_the_next()
    {
        Assert.True(HeaderField.TryCreate("X-Hello", "yes", out var field));
        await using var session = With(RecordingPolicy.That(PolicyStage.Hello, new PolicyVerdict.Accept([new PolicyAddition.AddHeader(field)])));
        await session.StartAsync();
        await session.ExpectAsync("EHLO b\r\n", "250");
        await session.ExpectAsync("EHLO c\r\n", "250");
        await session.ExpectAsync("MAIL FROM:<u@x.org>\r\n", "250");
        await session.ExpectAsync("RCPT TO:<v@y.org>\r\n", "250");
        await session.ExpectAsync("DATA\r\n", "354");
        await session.ExpectAsync("Subject: x\r\n\r\nhello\r\n.\r\n", "250");
        Assert.StartsWith("X-Hello: yes\r\nReceived: from c ", Body(session), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_a_peer_speaks_for_is_asked_about_too()
    {
        var policy = new RecordingPolicy
        {
            OnQuestionAsync = (question, _) => ValueTask.FromResult(
                question.Stage == PolicyStage.Connect && question.Session.Client.Address.Equals(IPAddress.Parse("192.0.2.66")) ? s_reject : PolicyVerdict.Accepted),
        };
        await using var session = With(policy);
        session.Options = session.Options with { XClientFrom = [IPNetwork.Parse("127.0.0.0/8")] };
        await session.StartAsync();
        await session.ExpectAsync("XCLIENT ADDR=192.0.2.66\r\n", "550 5.7.1 No");
        await session.ExpectCloseAsync();
    }

    [Fact]
    public async Task The_header_section_that_is_shown_ends_where_it_ends()
    {
        foreach (var (content, header) in ((string, string)[])[("\r\nno: header\r\n\r\nx\r\n", ""), ("a: b\r\nno field\r\n\r\nx\r\n", "a: b\r\n"), ("a: b\r\n c\r\n\r\nx\r\n", "a: b\r\n c\r\n")])
        {
            var policy = new RecordingPolicy();
            await using var session = With(policy);
            await session.StartTransactionAsync();
            await session.ExpectAsync("DATA\r\n", "354");
            foreach (var octet in content)
            {
                await session.SendAsync($"{octet}");
            }

            await session.ExpectAsync(".\r\n", "250");
            Assert.Equal((header, true), (Encoding.ASCII.GetString(policy.Questions[^1].Message!.Header.Span), policy.Questions[^1].Message!.HeaderIsWhole));
        }
    }

    [Fact]
    public async Task Fields_are_put_before_the_message()
    {
        Assert.True(HeaderField.TryCreate("X-Checked", "yes", out var field));
        await using var session = With(RecordingPolicy.That(PolicyStage.Hello, new PolicyVerdict.Accept([new PolicyAddition.AddHeader(field)])));
        await SendAsync(session);
        Assert.StartsWith("X-Checked: yes\r\nReceived: from c ", Body(session), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PolicyStage.Connect)]
    [InlineData(PolicyStage.Mail)]
    [InlineData(PolicyStage.Message)]
    public async Task What_is_quarantined_is_taken_and_held(PolicyStage stage)
    {
        await using var session = With(RecordingPolicy.That(stage, new PolicyVerdict.Quarantine("looks odd")));
        await SendAsync(session);
        Assert.True(Quarantine.IsHeld(Assert.Single(session.Connections.Messages).Options));
        Assert.StartsWith("X-Quarantine-Reason: looks odd\r\n", Body(session), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PolicyStage.Connect)]
    [InlineData(PolicyStage.Hello)]
    [InlineData(PolicyStage.Mail)]
    [InlineData(PolicyStage.Recipient)]
    [InlineData(PolicyStage.Message)]
    public async Task What_is_discarded_is_said_to_be_taken(PolicyStage stage)
    {
        await using var session = With(RecordingPolicy.That(stage, PolicyVerdict.Discard.Instance));
        await SendAsync(session);
        Assert.Empty(session.Connections.Messages);
        Assert.Equal((0, 0), (session.Store.Open, session.Store.Count));
    }

    [Theory]
    [InlineData(PolicyStage.Recipient)]
    [InlineData(PolicyStage.Message)]
    public async Task What_is_said_of_one_message_is_not_said_of_the_next(PolicyStage stage)
    {
        PolicyVerdict[] verdicts = [PolicyVerdict.Discard.Instance, new PolicyVerdict.Quarantine("looks odd"), PolicyVerdict.Accepted];
        var asked = 0;
        await using var session = With(new RecordingPolicy
        {
            Stages = [stage],
            OnQuestionAsync = (_, _) => ValueTask.FromResult(verdicts[asked++]),
        });
        await SendAsync(session);
        for (var message = 1; message < verdicts.Length; message++)
        {
            await session.ExpectAsync("MAIL FROM:<u@x.org>\r\n", "250");
            await session.ExpectAsync("RCPT TO:<v@y.org>\r\n", "250");
            await session.ExpectAsync("DATA\r\n", "354");
            await session.ExpectAsync("x: y\r\n.\r\n", "250");
        }

        Assert.Equal(verdicts.Length, asked);
        Assert.Equal([true, false], session.Connections.Messages.Select(message => Quarantine.IsHeld(message.Options)));
    }

    [Fact]
    public async Task Recipients_may_be_put_in_the_place_of_one_and_of_all()
    {
        await using var one = With(RecordingPolicy.That(PolicyStage.Recipient, To("a@y.org", "b@y.org")));
        await SendAsync(one);
        Assert.Equal(["a@y.org", "b@y.org"], Assert.Single(one.Connections.Messages).Recipients);

        await using var all = With(RecordingPolicy.That(PolicyStage.Message, To("c@y.org")));
        await SendAsync(all);
        Assert.Equal(["c@y.org"], Assert.Single(all.Connections.Messages).Recipients);
    }

    [Fact]
    public async Task More_recipients_than_a_message_may_have_are_deferred()
    {
        await using var session = With(RecordingPolicy.That(PolicyStage.Recipient, To("a@y.org", "b@y.org")));
        session.Options = session.Options with { MaximumRecipients = 1 };
        await session.StartAsync();
        await session.ExpectAsync("EHLO c\r\n", "250");
        await session.ExpectAsync("MAIL FROM:<u@x.org>\r\n", "250");
        await session.ExpectAsync("RCPT TO:<v@y.org>\r\n", "452 4.5.3");
    }

    [Fact]
    public async Task Who_speaks_before_the_greeting_is_sent_away()
    {
        await using var session = Strangers();
        session.Options = session.Options with { EarlyTalkerDelay = TimeSpan.FromSeconds(5) };
        await session.SendAsync("EHLO early\r\n");
        Assert.StartsWith("554 5.5.1", await session.StartAsync(), StringComparison.Ordinal);
        await session.ExpectCloseAsync();
    }

    [Fact]
    public async Task Replies_to_many_errors_come_late()
    {
        await using var session = Strangers();
        await session.StartAsync();
        for (var error = 1; error <= 3; error++)
        {
            await session.ExpectAsync("NONSENSE\r\n", "500");
        }

        var flushes = session.Writer.Flushes;
        var delay = session.Time.NextTimer;
        await session.SendAsync("NONSENSE\r\n");
        await delay.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        session.Time.Advance(TimeSpan.FromSeconds(0.9));
        Assert.Equal(flushes, session.Writer.Flushes);
        session.Time.Advance(TimeSpan.FromSeconds(0.1));
        await session.ExpectAsync("500");
    }

    [Fact]
    public async Task A_message_that_trickles_is_given_up()
    {
        await using var session = Strangers();
        session.Options = session.Options with { MinimumDataRate = 100, LocalDomains = ["y.org"] };
        await session.StartTransactionAsync();
        await session.ExpectAsync("DATA\r\n", "354");
        var waits = await session.Reader.WaitingAsync();
        await session.SendAsync("x");
        await session.Reader.WaitingAsync(waits);
        session.Time.Advance(TimeSpan.FromSeconds(61));
        await session.ExpectAsync("421 4.4.2");
        await session.ExpectCloseAsync();
    }

    private static SmtpTestSession With(ISmtpPolicy policy)
    {
        var session = new SmtpTestSession();
        session.Services = session.Services with
        {
            Policies = new PolicyChain([new PolicyRule(policy, TimeSpan.FromSeconds(30))], session.Time, NullLogger<PolicyChain>.Instance),
        };
        return session;
    }

    // A client that nothing is known of.
    private static SmtpTestSession Strangers()
    {
        var session = new SmtpTestSession { Client = IPAddress.Parse("192.0.2.1") };
        var shedding = LoadShedding.Start(new InboundSettings { MemoryLimit = 1 }, () => 0, session.Time, NullLogger.Instance);
        session.Services = session.Services with
        {
            Gate = new ConnectionGate(new InboundSettings(), shedding, new RecordingRates()),
            Tarpit = new Tarpit(TarpitSettings.Default, session.Time),
        };
        return session;
    }

    private static PolicyVerdict.Accept To(params string[] recipients) => new(
        [new PolicyAddition.Redirect([.. recipients.Select(text => new PolicyRecipient(Mailbox.TryParse(text, out var mailbox) ? mailbox : throw new ArgumentException(text)))])]);

    private static async Task SendAsync(SmtpTestSession session)
    {
        await session.StartAsync();
        await session.ExpectAsync("EHLO c\r\n", "250");
        await session.ExpectAsync("MAIL FROM:<u@x.org>\r\n", "250");
        await session.ExpectAsync("RCPT TO:<v@y.org>\r\n", "250");
        await session.ExpectAsync("DATA\r\n", "354");
        await session.ExpectAsync("Subject: x\r\n\r\nhello\r\n.\r\n", "250 2.0.0 Ok: queued as");
    }

    private static string Body(SmtpTestSession session) => Encoding.ASCII.GetString(session.Store[Assert.Single(session.Connections.Messages).Body]);
}
