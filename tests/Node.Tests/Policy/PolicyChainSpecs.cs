using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using MtaCluster.Node.Policy;
using MtaCluster.Node.Tests.Recipients;
using MtaCluster.Protocol.Policy;
using MtaCluster.Protocol.Smtp;
using MtaCluster.Testing.Policy;
using Xunit;

namespace MtaCluster.Node.Tests.Policy;

public sealed class PolicyChainSpecs
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private static readonly PolicyVerdict s_reject = new PolicyVerdict.Reject(new SmtpReply(550, new EnhancedStatusCode(5, 7, 1), "no"));

    private static readonly PolicySession s_session = new()
    {
        ConnectionId = "c1",
        Listener = "mx",
        Client = new IPEndPoint(IPAddress.Loopback, 1),
    };

    private readonly FakeTimeProvider _time = new();
    private readonly RecordedLog<PolicyChain> _log = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private PolicyChain Chain(params ISmtpPolicy[] policies) => Chain(failsOpen: false, policies);

    private PolicyChain Chain(bool failsOpen, params ISmtpPolicy[] policies) =>
        new(policies.Select(policy => new PolicyRule(policy, s_limit, failsOpen)), _time, _log);

    private static PolicyVerdict.Accept Adding(string name) => HeaderField.TryCreate(name, "1", out var field)
        ? new PolicyVerdict.Accept([new PolicyAddition.AddHeader(field)])
        : throw new ArgumentException(name);

    private static async Task<PolicyVerdict[]> AskAllAsync(PolicyChain chain) =>
    [
        await chain.OnConnectAsync(s_session, Stop),
        await chain.OnHelloAsync(s_session, Stop),
        await chain.OnMailAsync(s_session, Stop),
        await chain.OnRecipientAsync(s_session, RecipientFiles.Recipient("a@b.c"), Stop),
        await chain.OnMessageAsync(s_session, new PolicyMessage("Q", 1, default, true), Stop),
    ];

    [Fact]
    public async Task Each_policy_is_asked_at_each_stage_in_order()
    {
        var first = new RecordingPolicy();
        var second = new RecordingPolicy();
        Assert.All(await AskAllAsync(Chain(first, second)), verdict => Assert.Same(PolicyVerdict.Accepted, verdict));
        Assert.Equal(Enum.GetValues<PolicyStage>(), first.Questions.Select(question => question.Stage));
        Assert.Equal(first.Questions, second.Questions);
        Assert.Equal("a@b.c", first.Questions[3].Recipient!.Mailbox.ToString());
        Assert.Equal("Q", first.Questions[4].Message!.QueueId);
    }

    [Fact]
    public async Task Without_policies_everything_is_accepted()
    {
        Assert.All(Enum.GetValues<PolicyStage>(), stage => Assert.False(Chain().Concerns(stage)));
        Assert.All(await AskAllAsync(Chain()), verdict => Assert.Same(PolicyVerdict.Accepted, verdict));
    }

    [Theory]
    [InlineData(PolicyStage.Connect)]
    [InlineData(PolicyStage.Hello)]
    [InlineData(PolicyStage.Mail)]
    [InlineData(PolicyStage.Recipient)]
    [InlineData(PolicyStage.Message)]
    public async Task The_first_that_does_not_accept_decides_and_the_rest_is_not_asked(PolicyStage stage)
    {
        var last = new RecordingPolicy();
        var verdicts = await AskAllAsync(Chain(new RecordingPolicy(), RecordingPolicy.That(stage, s_reject), last));
        Assert.Same(s_reject, verdicts[(int)stage]);
        Assert.Equal(4, verdicts.Count(verdict => verdict is PolicyVerdict.Accept));
        Assert.DoesNotContain(last.Questions, question => question.Stage == stage);
    }

    [Fact]
    public async Task Additions_gather_in_order_and_go_with_a_quarantine()
    {
        var adding = RecordingPolicy.That(PolicyStage.Message, Adding("X-A"));
        var more = RecordingPolicy.That(PolicyStage.Message, Adding("X-B"));
        var holding = RecordingPolicy.That(PolicyStage.Message, new PolicyVerdict.Quarantine("odd"));
        var accepted = (await AskAllAsync(Chain(adding, new RecordingPolicy(), more)))[4];
        Assert.Equal(["X-A: 1", "X-B: 1"], Fields(accepted));
        var held = Assert.IsType<PolicyVerdict.Quarantine>((await AskAllAsync(Chain(adding, holding, more)))[4]);
        Assert.Equal(("odd", "X-A: 1"), (held.Reason, Assert.Single(Fields(held))));
        Assert.Empty((await AskAllAsync(Chain(adding, RecordingPolicy.That(PolicyStage.Message, s_reject))))[4].Additions);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_policy_that_throws_is_overruled_and_logged_once(bool isAsynchronous)
    {
        var failing = new RecordingPolicy
        {
            OnQuestionAsync = (_, _) => isAsynchronous
                ? ValueTask.FromException<PolicyVerdict>(new InvalidOperationException("broken"))
                : throw new InvalidOperationException("broken"),
        };
        var after = new RecordingPolicy();
        var deferred = Assert.IsType<PolicyVerdict.Defer>(await Chain(failing, after).OnMailAsync(s_session, Stop));
        Assert.StartsWith("451 4.7.1", deferred.Reply.ToString(), StringComparison.Ordinal);
        Assert.Empty(after.Questions);
        Assert.Equal("Error 2690 Policy recording failed at Mail: connection=c1 outcome=deferred", Assert.Single(_log.Lines));
        Assert.Same(PolicyVerdict.Accepted, await Chain(failsOpen: true, failing, after).OnMailAsync(s_session, Stop));
        Assert.Single(after.Questions);
        Assert.EndsWith("outcome=passed", _log.Lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_that_takes_too_long_is_told_to_stop_and_overruled()
    {
        var token = default(CancellationToken);
        var never = new TaskCompletionSource<PolicyVerdict>();
        var slow = new RecordingPolicy
        {
            OnQuestionAsync = (_, given) =>
            {
                token = given;
                return new ValueTask<PolicyVerdict>(never.Task);
            },
        };
        var asked = Chain(slow).OnMailAsync(s_session, Stop).AsTask();
        _time.Advance(s_limit - TimeSpan.FromMilliseconds(1));
        Assert.False(asked.IsCompleted);
        Assert.False(token.IsCancellationRequested);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.IsType<PolicyVerdict.Defer>(await asked);
        Assert.True(token.IsCancellationRequested);
        Assert.Equal("Error 2691 Policy recording did not answer at Mail within 00:00:10: connection=c1 outcome=deferred", Assert.Single(_log.Lines));
    }

    [Fact]
    public async Task After_a_slow_policy_the_next_one_has_its_own_time_and_a_token_of_its_own()
    {
        var never = new TaskCompletionSource<PolicyVerdict>();
        var slow = new RecordingPolicy { OnQuestionAsync = (_, _) => new ValueTask<PolicyVerdict>(never.Task) };
        var next = new RecordingPolicy
        {
            OnQuestionAsync = (_, token) => ValueTask.FromResult(token.IsCancellationRequested ? s_reject : PolicyVerdict.Accepted),
        };
        var asked = Chain(failsOpen: true, slow, next).OnMailAsync(s_session, Stop).AsTask();
        _time.Advance(s_limit);
        Assert.Same(PolicyVerdict.Accepted, await asked);
    }

    [Fact]
    public async Task The_end_of_the_session_ends_the_question()
    {
        var token = default(CancellationToken);
        var slow = new RecordingPolicy
        {
            OnQuestionAsync = async (_, given) =>
            {
                token = given;
                var ended = new TaskCompletionSource<PolicyVerdict>();
                given.Register(() => ended.TrySetCanceled(given));
                return await ended.Task;
            },
        };
        using var session = new CancellationTokenSource();
        var asked = Chain(slow).OnMailAsync(s_session, session.Token).AsTask();
        await session.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        Assert.True(token.IsCancellationRequested);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Accepting_at_once_allocates_nothing()
    {
        var chain = Chain(new QuietPolicy(), new QuietPolicy());
        var recipient = RecipientFiles.Recipient("a@b.c");
        for (var i = 0; i < 1000; i++)
        {
            Assert.Same(PolicyVerdict.Accepted, await chain.OnRecipientAsync(s_session, recipient, CancellationToken.None));
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            await chain.OnRecipientAsync(s_session, recipient, CancellationToken.None);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static IEnumerable<string> Fields(PolicyVerdict verdict) =>
        verdict.Additions.Cast<PolicyAddition.AddHeader>().Select(addition => addition.Field.ToString());

    private sealed class QuietPolicy : ISmtpPolicy
    {
        public string Name => "quiet";
    }
}
