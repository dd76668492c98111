using System.Collections.Immutable;
using System.Text;
using MtaCluster.Actors.Smtp;
using MtaCluster.Actors.Storage;
using MtaCluster.Actors.Telemetry;
using MtaCluster.Protocol.Dsn;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Spool;

/// <summary>A recipient to report on, with the reply that decided it and the next hop that gave it, if one did.</summary>
internal readonly record struct ReportSubject(RecipientInHand Recipient, SmtpReply Reply, string? NextHop);

/// <summary>Composes DSNs (RFC 3464) about queued messages and makes their bodies durable. The spool then accepts them together with what they report.</summary>
public sealed class ReportWriter(IMessageStore store, string hostname, IMailLog log, TimeProvider time)
{
    /// <summary>Octets of the largest message that RET=FULL returns as a whole; of larger ones it is the header section.</summary>
    public int MaximumReturned { get; init; } = 1024 * 1024;

    /// <summary>Writes a DSN to the reverse-path of <paramref name="message"/>.</summary>
    /// <exception cref="IOException">The store failed.</exception>
    internal async Task<SubmittedMessage> WriteAsync(
        MessageInHand message,
        DsnKind kind,
        ImmutableArray<ReportSubject> subjects,
        DateTimeOffset willRetryUntil,
        CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var id = QueueId.Create(now, message.Id.Spool);
        var isWhole = ReturnsWhole(message, kind);
        var original = await ReadAsync(message.Body, isWhole ? MaximumReturned : DsnComposer.MaximumOriginal, cancellationToken).ConfigureAwait(false);
        // Who has such an address can be told in UTF-8, and only so. To all others it goes in ASCII, which no host on its way refuses (RFC 6533 §3).
        var isInternational = !Ascii.IsValid(message.ReversePath);
        var report = DsnComposer.Compose(new DsnRequest(
            kind,
            id.ToString(),
            message.Id.ToString(),
            hostname,
            message.ReversePath,
            message.ReceivedAt,
            now,
            kind == DsnKind.Delayed ? willRetryUntil : null,
            ImmutableArray.CreateRange(subjects, subject => new DsnRecipient(subject.Recipient.Address, subject.Reply, HostOf(subject.NextHop), now)
            {
                OriginalRecipient = subject.Recipient.Options.OriginalRecipient,
            }),
            original)
        {
            EnvelopeId = message.Options.EnvelopeId,
            IsOriginalWhole = isWhole && original.Length == message.Body.Length,
            IsInternational = isInternational,
        });
        var body = await StoreAsync(report, id.Spool, cancellationToken).ConfigureAwait(false);
        log.Reported(message.Id, id, message.ReversePath, subjects.Length, kind);
        return new SubmittedMessage(id, string.Empty, [message.ReversePath], body, EightBit: !Ascii.IsValid(report), now)
        {
            Options = OptionsOf(message, isInternational),
        };
    }

    // RFC 8689 §5: what may travel over verified TLS only comes back in the same way, and its content not at all.
    private bool ReturnsWhole(MessageInHand message, DsnKind kind) => kind == DsnKind.Failed
        && message.Options is { Return: DsnReturn.Full, RequireTls: false, Body: not MailBodyType.BinaryMime }
        && message.Body.Length <= MaximumReturned;

    // RFC 6710 §4: a report is as urgent as what it is about.
    private static MailOptions OptionsOf(MessageInHand message, bool isInternational)
        => message.Options is { RequireTls: false, Priority: 0 } && !isInternational
            ? MailOptions.None
            : new MailOptions { SmtpUtf8 = isInternational, RequireTls = message.Options.RequireTls, Priority = message.Options.Priority };

    private static string? HostOf(string? nextHop)
    {
        var end = nextHop?.IndexOf('[', StringComparison.Ordinal) ?? -1;
        return end > 0 ? nextHop![..end] : nextHop;
    }

    private async Task<BodyRef> StoreAsync(byte[] report, int spool, CancellationToken cancellationToken)
    {
        var writer = store.CreateBody(spool);
        await using (writer.ConfigureAwait(false))
        {
            writer.Write(report);
            return await writer.CompleteAsync(ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false);
        }
    }

    // A body that cannot be read must not keep its failure from being reported: then the DSN goes out without the original.
    private async Task<ReadOnlyMemory<byte>> ReadAsync(BodyRef body, int maximum, CancellationToken cancellationToken)
    {
        var beginning = new byte[(int)Math.Min(body.Length, maximum)];
        var length = 0;
        try
        {
            var reader = await store.OpenAsync(body, cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (length < beginning.Length)
                {
                    var chunk = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                    if (chunk.IsEmpty)
                    {
                        break;
                    }

                    var take = Math.Min(chunk.Length, beginning.Length - length);
                    chunk.Span[..take].CopyTo(beginning.AsSpan(length));
                    length += take;
                }
            }
        }
        catch (IOException)
        {
            return ReadOnlyMemory<byte>.Empty;
        }

        return beginning.AsMemory(0, length);
    }
}
