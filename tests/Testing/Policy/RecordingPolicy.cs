using System.Collections.Concurrent;
using System.Collections.Immutable;
using MtaCluster.Protocol.Policy;

namespace MtaCluster.Testing.Policy;

/// <summary>One question that a policy was asked.</summary>
/// <param name="Stage">When.</param>
/// <param name="Session">The session as it was shown.</param>
/// <param name="Recipient">The recipient, at RCPT.</param>
/// <param name="Message">The message, at the end of data.</param>
public sealed record PolicyQuestion(PolicyStage Stage, PolicySession Session, PolicyRecipient? Recipient = null, PolicyMessage? Message = null);

/// <summary>A policy that writes down what it is asked, and says what the test wants: by default that all is well.</summary>
public sealed class RecordingPolicy : ISmtpPolicy
{
    private readonly ConcurrentQueue<PolicyQuestion> _questions = new();

    /// <inheritdoc/>
    public string Name { get; init; } = "recording";

    /// <inheritdoc/>
    public bool Concerns(PolicyStage stage) => Stages.Contains(stage);

    /// <summary>The stages that it wants to be asked at: all.</summary>
    public ImmutableArray<PolicyStage> Stages { get; init; } = [.. Enum.GetValues<PolicyStage>()];

    /// <summary>Answers a question. May throw, may take its time; the token is the one that the policy was given.</summary>
    public Func<PolicyQuestion, CancellationToken, ValueTask<PolicyVerdict>> OnQuestionAsync { get; init; } =
        (_, _) => ValueTask.FromResult(PolicyVerdict.Accepted);

    /// <summary>What it was asked so far, in order.</summary>
    public IReadOnlyList<PolicyQuestion> Questions => [.. _questions];

    /// <summary>A policy that gives one verdict at one stage.</summary>
    public static RecordingPolicy That(PolicyStage stage, PolicyVerdict verdict, string name = "recording") => new()
    {
        Name = name,
        OnQuestionAsync = (question, _) => ValueTask.FromResult(question.Stage == stage ? verdict : PolicyVerdict.Accepted),
    };

    /// <inheritdoc/>
    public ValueTask<PolicyVerdict> OnConnectAsync(PolicySession session, CancellationToken cancellationToken) =>
        AskAsync(new PolicyQuestion(PolicyStage.Connect, session), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PolicyVerdict> OnHelloAsync(PolicySession session, CancellationToken cancellationToken) =>
        AskAsync(new PolicyQuestion(PolicyStage.Hello, session), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PolicyVerdict> OnMailAsync(PolicySession session, CancellationToken cancellationToken) =>
        AskAsync(new PolicyQuestion(PolicyStage.Mail, session), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PolicyVerdict> OnRecipientAsync(PolicySession session, PolicyRecipient recipient, CancellationToken cancellationToken) =>
        AskAsync(new PolicyQuestion(PolicyStage.Recipient, session, recipient), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PolicyVerdict> OnMessageAsync(PolicySession session, PolicyMessage message, CancellationToken cancellationToken) =>
        AskAsync(new PolicyQuestion(PolicyStage.Message, session, null, message), cancellationToken);

    private ValueTask<PolicyVerdict> AskAsync(PolicyQuestion question, CancellationToken cancellationToken)
    {
        _questions.Enqueue(question);
        return OnQuestionAsync(question, cancellationToken);
    }
}
