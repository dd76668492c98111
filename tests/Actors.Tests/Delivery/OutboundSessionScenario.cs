using System.Text;
using Microsoft.Extensions.Time.Testing;
using MtaCluster.Actors.Delivery;
using MtaCluster.Actors.Storage;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp.Client;
using Xunit;

namespace MtaCluster.Actors.Tests.Delivery;

/// <summary>What the specs of <see cref="OutboundSession"/> have in common.</summary>
public abstract class OutboundSessionScenario
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    protected FakeTimeProvider Time { get; } = new();

    protected static SmtpTimeouts Timeouts { get; } = new();

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    internal Task<(OutboundSession? Session, RecipientOutcome? Failure)> OpenAsync(
        ScriptedPeer peer, bool lmtp = false, bool startTls = false, CancellationToken? ct = null) =>
        OutboundSession
            .OpenAsync(peer.Transport, new OutboundSessionOptions("me.example", "mx.example", lmtp, startTls, Timeouts, Time), ct ?? Stop)
            .WaitAsync(Patience, Stop);

    /// <summary>An open session with a peer that offers <paramref name="extensions"/>.</summary>
    internal async Task<OutboundSession> OpenedAsync(ScriptedPeer peer, params string[] extensions)
    {
        var opening = OpenAsync(peer);
        await peer.GreetAsync(extensions);
        var (session, failure) = await opening;
        Assert.Null(failure);
        return session!;
    }

    internal static Task<DeliveryReport> DeliverAsync(OutboundSession session, string body, params string[] recipients) =>
        DeliverAsync(session, Body(body), recipients);

    internal static Task<DeliveryReport> DeliverAsync(OutboundSession session, BodyReader body, params string[] recipients) =>
        session.DeliverAsync(new OutboundMessage("s@example.org", [.. recipients], body.Length, EightBit: false), body, Stop)
            .WaitAsync(Patience, Stop);

    internal static ChunkedBody Body(string text) => new([Encoding.Latin1.GetBytes(text)]);

    /// <summary>Moves the clock to just before <paramref name="timeout"/>, then past it.</summary>
    protected async Task<T> PassAsync<T>(TimeSpan timeout, Task<T> waiting)
    {
        ArgumentNullException.ThrowIfNull(waiting);
        Time.Advance(timeout - TimeSpan.FromSeconds(1));
        Assert.False(waiting.IsCompleted, "gave up too early");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        patience.CancelAfter(Patience);
        while (!waiting.IsCompleted)
        {
            patience.Token.ThrowIfCancellationRequested();
            Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        return await waiting;
    }

    internal static void AssertOutcomes(DeliveryReport report, params string[] expected) =>
        Assert.Equal(expected, report.Outcomes.Select(outcome => $"{outcome.Kind} {outcome.Scope} {outcome.Reply}"));

    /// <summary>All recipients deferred because of the session, with our own words.</summary>
    internal static void AssertLost(DeliveryReport report, string enhanced, string words)
    {
        Assert.False(report.Reusable);
        Assert.NotEmpty(report.Outcomes);
        Assert.All(report.Outcomes, outcome => AssertSessionFailure(outcome, enhanced, words));
    }

    internal static void AssertSessionFailure(RecipientOutcome? outcome, string enhanced, string words)
    {
        Assert.NotNull(outcome);
        Assert.Equal((OutcomeKind.Deferred, FailureScope.Session), (outcome.Kind, outcome.Scope));
        Assert.Equal(enhanced, outcome.Reply.Enhanced.ToString());
        Assert.Contains(words, outcome.Reply.Text, StringComparison.Ordinal);
    }
}
