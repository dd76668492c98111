using System.Collections.Concurrent;
using MtaCluster.Actors.Delivery;
using MtaCluster.Actors.Routing;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Dns;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Node.Recipients;

/// <summary>What a <see cref="CallAhead"/> works with: the parts that mail itself goes out by.</summary>
internal sealed record CallAheadServices(
    string Hostname, bool StartTls, RoutePlanner Routes, HopResolver Hops, ISmtpConnector Connector, TimeProvider Time, ILogger<CallAhead> Logger);

/// <summary>
/// Asks next hops about recipients, the way that mail would go. Answers are kept, a bounded number of them; a question that many have at once is asked once; so many
/// are asked at the same time and no more. A domain whose next hop cannot be reached is left alone for half a minute.
/// </summary>
/// <remarks>
/// Only a reply that says that there is no such mailbox is a no (<see cref="IsNoSuchMailbox"/>). Everything else, greylisting or a refusal of our address
/// among it, is inconclusive: then the recipient is taken, or deferred if the operator wants that. Whoever asks about so many that others do not get their turn has
/// them deferred: to take them unseen would be what a flood of guesses is after.
/// </remarks>
internal sealed class CallAhead : ICallAhead, IDisposable
{
    private const int MaximumAttempts = 2;
    private const int MaximumText = 200;
    private const int MaximumResting = 1000;

    private static readonly Answer s_busy = new(Presence.Away, null);

    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(30);

    private readonly CallAheadSettings _settings;
    private readonly CallAheadServices _services;
    private readonly AnswerCache<Answer> _answers;
    private readonly SemaphoreSlim _gate;
    private readonly ConcurrentDictionary<string, long> _resting = new(StringComparer.Ordinal);
    private readonly Answer _inconclusive;

    /// <summary>Asks nothing yet.</summary>
    public CallAhead(CallAheadSettings settings, CallAheadServices services)
    {
        _settings = settings;
        _services = services;
        _answers = new AnswerCache<Answer>(LookUpAsync, settings.CacheSize, services.Time);
        _gate = new SemaphoreSlim(settings.Connections);
        _inconclusive = new Answer(settings.DefersWhenUnreachable ? Presence.Away : Presence.Known, null);
    }

    /// <inheritdoc/>
    public async ValueTask<(Presence Presence, string? Text)> AskAsync(Mailbox recipient, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        var answer = await _answers.GetAsync(recipient.ToString(), cancellationToken).ConfigureAwait(false);
        return (answer.Presence, answer.Text);
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    /// <summary>
    /// Whether a reply to RCPT says that there is no such mailbox, rather than that we, our message or our way of asking is not wanted: 5.1.x but for the
    /// sender's 5.1.7 and 5.1.8, 5.2.1, and 550, 551 and 553 without a code that tells more.
    /// </summary>
    internal static bool IsNoSuchMailbox(SmtpReply reply) => reply.IsPermanent && reply.Enhanced switch
    {
        { Subject: 1 } code => code.Detail is not (7 or 8),
        { Subject: 2 } code => code.Detail == 1,
        null or { Subject: 0 } => reply.Code is 550 or 551 or 553,
        _ => false,
    };

    private static string Safe(string text) => string.Create(Math.Min(text.Length, MaximumText), text, static (span, source) =>
    {
        for (var i = 0; i < span.Length; i++)
        {
            span[i] = source[i] is >= ' ' and <= '~' ? source[i] : '?';
        }
    });

    private async Task<(Answer Answer, TimeSpan Ttl)> LookUpAsync(string address)
    {
        if (!AddressKey.TryParse(address, out var recipient) || IsResting(recipient.Domain))
        {
            return (_inconclusive, TimeSpan.Zero);
        }

        if (await AskInTimeAsync(recipient).ConfigureAwait(false) is not { } result)
        {
            _services.Logger.CallAheadInconclusive(recipient, "too many others were being asked about");
            return (s_busy, TimeSpan.Zero);
        }

        if (result.RecipientReply is not { } reply)
        {
            Rest(recipient.Domain);
            _services.Logger.CallAheadInconclusive(recipient, result.Failure!);
            return (_inconclusive, TimeSpan.Zero);
        }

        if (reply.Code is >= 200 and < 300)
        {
            return (new Answer(Presence.Known, null), _settings.PositiveTtl);
        }

        if (IsNoSuchMailbox(reply))
        {
            return (new Answer(Presence.Unknown, Safe(reply.ToString())), _settings.NegativeTtl);
        }

        _services.Logger.CallAheadInconclusive(recipient, $"the reply to RCPT was {reply}");
        return (_inconclusive, s_rest);
    }

    /// <summary>What came of asking; null if its turn did not come in time.</summary>
    private async Task<CallAheadResult?> AskInTimeAsync(Mailbox recipient)
    {
        // Half of the time is for waiting: who gets a turn has time left to ask.
        using var turn = new CancellationTokenSource(_settings.Timeout / 2, _services.Time);
        using var limit = new CancellationTokenSource(_settings.Timeout, _services.Time);
        var isIn = false;
        try
        {
            await _gate.WaitAsync(turn.Token).ConfigureAwait(false);
            isIn = true;
            return await AskHopsAsync(recipient, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return isIn ? new CallAheadResult(null, "it did not answer in time") : null;
        }
        catch (Exception failure)
        {
            return new CallAheadResult(null, failure.Message);
        }
        finally
        {
            if (isIn)
            {
                _gate.Release();
            }
        }
    }

    private async Task<CallAheadResult> AskHopsAsync(Mailbox recipient, CancellationToken cancellationToken)
    {
        switch (await _services.Routes.PlanAsync(recipient.Domain, cancellationToken).ConfigureAwait(false))
        {
            case RouteDecision.Fail fail:
                return new CallAheadResult(null, fail.Reply.ToString());
            case RouteDecision.Defer defer:
                return new CallAheadResult(null, defer.Reply.ToString());
            case RouteDecision.ToDestination to:
                var found = await _services.Hops.AddressesAsync(to.Plan, Random.Shared, cancellationToken).ConfigureAwait(false);
                return found is HopAddresses.Found { Attempts: var attempts }
                    ? await AskFirstAsync([.. attempts.Take(MaximumAttempts)], to.Plan.Lmtp, recipient, cancellationToken).ConfigureAwait(false)
                    : new CallAheadResult(null, (found is HopAddresses.Fail none ? none.Reply : ((HopAddresses.Defer)found).Reply).ToString());
            default:
                return new CallAheadResult(null, "there is no route");
        }
    }

    /// <summary>The answer of the first hop that comes to one.</summary>
    private async Task<CallAheadResult> AskFirstAsync(HopAttempt[] attempts, bool lmtp, Mailbox recipient, CancellationToken cancellationToken)
    {
        var last = new CallAheadResult(null, "no hop could be tried");
        foreach (var attempt in attempts)
        {
            var (result, hasTlsFailed) = await AskHopAsync(attempt, lmtp, _services.StartTls, recipient, cancellationToken).ConfigureAwait(false);
            if (hasTlsFailed)
            {
                (result, _) = await AskHopAsync(attempt, lmtp, startTls: false, recipient, cancellationToken).ConfigureAwait(false);
            }

            if (result.RecipientReply is not null)
            {
                return result;
            }

            last = result;
        }

        return last;
    }

    private async Task<(CallAheadResult Result, bool HasTlsFailed)> AskHopAsync(
        HopAttempt attempt, bool lmtp, bool startTls, Mailbox recipient, CancellationToken cancellationToken)
    {
        CallAheadSession? session = null;
        try
        {
            await using var transport = await _services.Connector.ConnectAsync(attempt.EndPoint, cancellationToken).ConfigureAwait(false);
            session = new CallAheadSession(transport, _services.Hostname, attempt.Host, lmtp, startTls);
            return (await session.AskAsync(recipient, cancellationToken).ConfigureAwait(false), false);
        }
        catch (IOException failure)
        {
            return (new CallAheadResult(null, $"{attempt.Host}[{attempt.EndPoint}]: {failure.Message}"), session?.HasTlsFailed ?? false);
        }
    }

    private bool IsResting(string domain) => _resting.TryGetValue(domain, out var until) && _services.Time.GetTimestamp() < until;

    private void Rest(string domain)
    {
        // Whoever makes up subdomains of ours gets this list no longer than that.
        if (_resting.Count >= MaximumResting)
        {
            _resting.Clear();
        }

        _resting[domain] = _services.Time.GetTimestamp() + (long)(s_rest.TotalSeconds * _services.Time.TimestampFrequency);
    }

    private sealed record Answer(Presence Presence, string? Text);
}
