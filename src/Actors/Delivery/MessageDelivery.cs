using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Storage;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;
using MtaCluster.Protocol.Smtp.Client;

namespace MtaCluster.Actors.Delivery;

/// <summary>What came of a message over one session.</summary>
/// <param name="Outcomes">One for each recipient of the offer, in order.</param>
/// <param name="Reusable">The session takes another message.</param>
internal readonly record struct DeliveryResult(ImmutableArray<RecipientOutcome> Outcomes, bool Reusable)
{
    /// <summary>The message was not tried: it is to go over a new connection.</summary>
    public bool IsStale { get; init; }

    /// <summary>The session is in order, and is to be ended with QUIT.</summary>
    public bool IsUsedUp { get; init; }

    /// <summary>What the peer took over of what the sender asked for.</summary>
    public HandedOn HandedOn { get; init; }
}

/// <summary>
/// Brings one message after another through a session: its body from the store, what its sender asked for, and no more recipients at once than the
/// peer takes (LIMITS, RFC 9422). For one caller at a time.
/// </summary>
internal sealed class MessageDelivery(OutboundSession session, IMessageStore store, TimeProvider time)
{
    private readonly RecipientBatches _batches = new(session.Capabilities.Limits);

    /// <summary>Delivers a message.</summary>
    /// <exception cref="OperationCanceledException">The caller ended it; the session cannot be used any more.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<DeliveryResult> DeliverAsync(DeliveryOffer offer, CancellationToken cancellationToken)
    {
        if (!_batches.HasRoomFor(offer.Recipients))
        {
            return Uniform(offer, OutcomeKind.Deferred, LocalReply.LimitReached) with { IsStale = true, IsUsedUp = true };
        }

        try
        {
            var requests = await RequestsOfAsync(offer, cancellationToken).ConfigureAwait(false);
            var result = _batches.IsOne(offer.Recipients)
                ? ResultOf(await DeliverAsync(offer, offer.Recipients, requests, cancellationToken).ConfigureAwait(false))
                : await DeliverInBatchesAsync(offer, requests, cancellationToken).ConfigureAwait(false);
            return result with { HandedOn = HandedOnBy(session.Capabilities) };
        }
        catch (BodyUnavailableException e)
        {
            return Uniform(offer, OutcomeKind.Bounced, LocalReply.BodyLost(e.Message));
        }
        catch (IOException e)
        {
            return Uniform(offer, OutcomeKind.Deferred, LocalReply.BodyUnreadable(e.Message));
        }
    }

    private static HandedOn HandedOnBy(SmtpCapabilities capabilities)
        => (capabilities.Has(SmtpExtensions.Dsn) ? HandedOn.Notifications : HandedOn.None)
            | (capabilities.Has(SmtpExtensions.DeliverBy) ? HandedOn.DeliverBy : HandedOn.None);

    private static DeliveryResult ResultOf(DeliveryReport report)
        => new(report.Outcomes, report.Reusable) { IsStale = report.StaleConnection, IsUsedUp = report.IsUsedUp };

    private static DeliveryResult Uniform(DeliveryOffer offer, OutcomeKind kind, SmtpReply reply)
        => new([.. Enumerable.Repeat(new RecipientOutcome(kind, FailureScope.Message, reply), offer.Recipients.Length)], Reusable: true);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<DeliveryReport> DeliverAsync(
        DeliveryOffer offer, ImmutableArray<string> recipients, SmtpRequests? requests, CancellationToken cancellationToken)
    {
        var body = await store.OpenAsync(offer.Body, cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            _batches.Used(recipients);
            var message = new OutboundMessage(offer.ReversePath, recipients, offer.Body.Length, offer.EightBit) { Requests = requests };
            return await session.DeliverAsync(message, body, cancellationToken).ConfigureAwait(false);
        }
    }

    // Once something was delivered, a store that fails must not make it undelivered: what is left is deferred, and only that.
    private async Task<DeliveryResult> DeliverInBatchesAsync(DeliveryOffer offer, SmtpRequests? requests, CancellationToken cancellationToken)
    {
        var outcomes = new RecipientOutcome?[offer.Recipients.Length];
        var last = default(DeliveryResult) with { Reusable = true };
        foreach (var batch in _batches.Split(offer.Recipients, session.Transactions))
        {
            try
            {
                var part = requests is { Recipients.IsEmpty: false } ? requests with { Recipients = Pick(requests.Recipients, batch) } : requests;
                last = ResultOf(await DeliverAsync(offer, Pick(offer.Recipients, batch), part, cancellationToken).ConfigureAwait(false));
            }
            catch (IOException) when (Array.Exists(outcomes, outcome => outcome is not null))
            {
                break;
            }

            for (var i = 0; i < batch.Length; i++)
            {
                outcomes[batch[i]] = last.Outcomes[i];
            }

            if (last.IsStale || last.IsUsedUp || !last.Reusable)
            {
                break;
            }
        }

        var rest = new RecipientOutcome(OutcomeKind.Deferred, FailureScope.Session, LocalReply.LimitReached);
        var isStale = last.IsStale && Array.TrueForAll(outcomes, outcome => outcome is null or { Kind: OutcomeKind.Deferred });
        return last with { Outcomes = [.. outcomes.Select(outcome => outcome ?? rest)], IsStale = isStale };
    }

    private static ImmutableArray<T> Pick<T>(ImmutableArray<T> items, ImmutableArray<int> indices) => ImmutableArray.CreateRange(indices, i => items[i]);

    // Nothing is allocated for a message whose sender asked for nothing.
    private async ValueTask<SmtpRequests?> RequestsOfAsync(DeliveryOffer offer, CancellationToken cancellationToken)
    {
        if (offer.RecipientOptions.IsEmpty && ReferenceEquals(offer.Options, MailOptions.None))
        {
            return null;
        }

        var left = offer.Options.DeliverBy is { } by ? (by.At - time.GetUtcNow()).TotalSeconds : 0;
        return new SmtpRequests(offer.Options, offer.RecipientOptions)
        {
            DeliverBySeconds = (long)Math.Floor(left),
            HeaderNeedsUtf8 = offer.Options.SmtpUtf8 && offer.EightBit && await HasUtf8HeaderAsync(offer.Body, cancellationToken).ConfigureAwait(false),
        };
    }

    // Clients say SMTPUTF8 of whatever they send: it is needed only where the header section is not in ASCII.
    private async ValueTask<bool> HasUtf8HeaderAsync(BodyRef reference, CancellationToken cancellationToken)
    {
        var body = await store.OpenAsync(reference, cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            var search = new HeaderSearch();
            while (await body.ReadAsync(cancellationToken).ConfigureAwait(false) is { IsEmpty: false } chunk)
            {
                if (search.Look(chunk.Span) is { } isFound)
                {
                    return isFound;
                }
            }

            return false;
        }
    }

    /// <summary>Looks for an octet above 127 before the first empty line, in pieces.</summary>
    private struct HeaderSearch
    {
        private int _matched = 2;

        public HeaderSearch()
        {
        }

        public bool? Look(ReadOnlySpan<byte> octets)
        {
            foreach (var octet in octets)
            {
                if (!Ascii.IsValid(octet))
                {
                    return true;
                }

                // CR LF CR LF, of which the first two stand before the first line, too.
                _matched = octet == "\r\n\r\n"u8[_matched] ? _matched + 1 : octet == '\r' ? 1 : 0;
                if (_matched == 4)
                {
                    return false;
                }
            }

            return null;
        }
    }
}
