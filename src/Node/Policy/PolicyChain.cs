using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using MtaCluster.Protocol.Policy;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Node.Policy;

/// <summary>
/// Asks policies in order. The first that does not accept decides; what accepting ones add is gathered. One for all sessions of a listener.
/// </summary>
/// <remarks>
/// A policy that throws, or does not answer in its time, never ends the session: its rule says whether it lets pass or answers 451 4.7.1, and the log has
/// one line. It is told by its token to stop; one that does not listen is left to itself. While every policy accepts at once, nothing is
/// allocated and no timer is set.
/// </remarks>
internal sealed class PolicyChain
{
    private static readonly PolicyVerdict s_fault =
        new PolicyVerdict.Defer(new SmtpReply(451, new EnhancedStatusCode(4, 7, 1), "Cannot be checked now, try again later"));

    private readonly ImmutableArray<PolicyRule> _rules;
    private readonly ImmutableArray<bool> _concerns;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private CancellationTokenSource? _spare;

    /// <summary>A chain of rules, in order.</summary>
    public PolicyChain(IEnumerable<PolicyRule> rules, TimeProvider time, ILogger<PolicyChain> logger)
    {
        _rules = [.. rules];
        _concerns = [.. Enum.GetValues<PolicyStage>().Select(stage => _rules.Any(rule => rule.Policy.Concerns(stage)))];
        _time = time;
        _logger = logger;
    }

    private delegate ValueTask<PolicyVerdict> Question<T>(ISmtpPolicy policy, PolicySession session, T subject, CancellationToken cancellationToken);

    /// <summary>Whether any wants to be asked at a stage.</summary>
    public bool Concerns(PolicyStage stage) => _concerns[(int)stage];

    /// <summary>Asks before the greeting.</summary>
    /// <exception cref="OperationCanceledException">The session ended.</exception>
    public ValueTask<PolicyVerdict> OnConnectAsync(PolicySession session, CancellationToken ct) =>
        AskAsync(PolicyStage.Connect, static (policy, view, _, token) => policy.OnConnectAsync(view, token), session, 0, ct);

    /// <summary>Asks at EHLO, HELO and LHLO.</summary>
    /// <exception cref="OperationCanceledException">The session ended.</exception>
    public ValueTask<PolicyVerdict> OnHelloAsync(PolicySession session, CancellationToken ct) =>
        AskAsync(PolicyStage.Hello, static (policy, view, _, token) => policy.OnHelloAsync(view, token), session, 0, ct);

    /// <summary>Asks at MAIL.</summary>
    /// <exception cref="OperationCanceledException">The session ended.</exception>
    public ValueTask<PolicyVerdict> OnMailAsync(PolicySession session, CancellationToken ct) =>
        AskAsync(PolicyStage.Mail, static (policy, view, _, token) => policy.OnMailAsync(view, token), session, 0, ct);

    /// <summary>Asks at RCPT. Every policy is asked about the recipient that the client gave, whatever those before it redirect to.</summary>
    /// <exception cref="OperationCanceledException">The session ended.</exception>
    public ValueTask<PolicyVerdict> OnRecipientAsync(PolicySession session, PolicyRecipient recipient, CancellationToken ct) =>
        AskAsync(PolicyStage.Recipient, static (policy, view, subject, token) => policy.OnRecipientAsync(view, subject, token), session, recipient, ct);

    /// <summary>Asks at the end of data.</summary>
    /// <exception cref="OperationCanceledException">The session ended.</exception>
    public ValueTask<PolicyVerdict> OnMessageAsync(PolicySession session, PolicyMessage message, CancellationToken ct) =>
        AskAsync(PolicyStage.Message, static (policy, view, subject, token) => policy.OnMessageAsync(view, subject, token), session, message, ct);

    private ValueTask<PolicyVerdict> AskAsync<T>(PolicyStage stage, Question<T> question, PolicySession session, T subject, CancellationToken ct)
    {
        if (_rules.IsEmpty)
        {
            return ValueTask.FromResult(PolicyVerdict.Accepted);
        }

        var stop = Interlocked.Exchange(ref _spare, null) ?? new CancellationTokenSource();
        for (var i = 0; i < _rules.Length; i++)
        {
            var answer = Ask(_rules[i].Policy, question, session, subject, stop.Token);
            if (!answer.IsCompletedSuccessfully)
            {
                return SettleAsync(new Inquiry<T>(stage, question, session, subject), i, answer, stop, ct);
            }

            var verdict = answer.Result;
            if (!ReferenceEquals(verdict, PolicyVerdict.Accepted))
            {
                return SettleAsync(new Inquiry<T>(stage, question, session, subject), i, ValueTask.FromResult(verdict), stop, ct);
            }
        }

        Recycle(stop);
        return ValueTask.FromResult(PolicyVerdict.Accepted);
    }

    // Not everything that implements the interface is asynchronous to its first line.
    private static ValueTask<PolicyVerdict> Ask<T>(
        ISmtpPolicy policy, Question<T> question, PolicySession session, T subject, CancellationToken token)
    {
        try
        {
            return question(policy, session, subject, token);
        }
        catch (Exception failure)
        {
            return ValueTask.FromException<PolicyVerdict>(failure);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<PolicyVerdict> SettleAsync<T>(
        Inquiry<T> inquiry, int index, ValueTask<PolicyVerdict> answer, CancellationTokenSource stop, CancellationToken ct)
    {
        ImmutableArray<PolicyAddition> additions = [];
        while (true)
        {
            var rule = _rules[index];
            var verdict = await AnswerAsync(inquiry, rule, answer, stop, ct).ConfigureAwait(false);
            if (verdict is not PolicyVerdict.Accept)
            {
                Recycle(stop);
                return verdict.After(additions);
            }

            additions = additions.AddRange(verdict.Additions);
            if (++index == _rules.Length)
            {
                Recycle(stop);
                return additions.IsEmpty ? PolicyVerdict.Accepted : new PolicyVerdict.Accept(additions);
            }

            // What was set on the clock or cancelled for one policy is not handed to the next.
            stop = stop.TryReset() ? stop : new CancellationTokenSource();
            answer = Ask(_rules[index].Policy, inquiry.Question, inquiry.Session, inquiry.Subject, stop.Token);
        }
    }

    private async ValueTask<PolicyVerdict> AnswerAsync<T>(
        Inquiry<T> inquiry, PolicyRule rule, ValueTask<PolicyVerdict> answer, CancellationTokenSource stop, CancellationToken ct)
    {
        var outcome = rule.FailsOpen ? PolicyVerdict.Accepted : s_fault;
        var words = rule.FailsOpen ? "passed" : "deferred";
        var task = answer.AsTask();
        try
        {
            return await task.WaitAsync(rule.TimeLimit, _time, ct).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            _logger.PolicyTimedOut(rule.Policy.Name, inquiry.Stage, rule.TimeLimit, inquiry.Session.ConnectionId, words);
            await stop.CancelAsync().ConfigureAwait(false);
            return outcome;
        }
        catch (Exception failure)
        {
            _logger.PolicyFailed(failure, rule.Policy.Name, inquiry.Stage, inquiry.Session.ConnectionId, words);
            return outcome;
        }
    }

    private void Recycle(CancellationTokenSource stop)
    {
        if (stop.TryReset())
        {
            stop = Interlocked.Exchange(ref _spare, stop)!;
        }

        stop?.Dispose();
    }

    private sealed record Inquiry<T>(PolicyStage Stage, Question<T> Question, PolicySession Session, T Subject);
}
