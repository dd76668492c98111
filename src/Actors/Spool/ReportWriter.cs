using System.Collections.Immutable;
using MtaCluster.Actors.Smtp;
using MtaCluster.Actors.Storage;
using MtaCluster.Actors.Telemetry;
using MtaCluster.Protocol.Dsn;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Spool;

/// <summary>A recipient to report on, with the reply that decided it and the next hop that gave it, if one did.</summary>
internal readonly record struct ReportSubject(string Recipient, SmtpReply Reply, string? NextHop);

/// <summary>Composes DSNs (RFC 3464) about queued messages and makes their bodies durable. The spool then accepts them together with what they report.</summary>
public sealed class ReportWriter(IMessageStore store, string hostname, TimeSpan lifetime, IMailLog log, TimeProvider time)
{
    /// <summary>Writes a DSN to the reverse-path of <paramref name="message"/>.</summary>
    /// <exception cref="IOException">The store failed.</exception>
    internal async Task<SubmittedMessage> WriteAsync(
        MessageInHand message, ImmutableArray<ReportSubject> subjects, bool isDelayWarning, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var id = QueueId.Create(now, message.Id.Spool);
        var original = await ReadHeaderAsync(message.Body, cancellationToken).ConfigureAwait(false);
        var report = DsnComposer.Compose(new DsnRequest(
            isDelayWarning ? DsnKind.Delayed : DsnKind.Failed,
            id.ToString(),
            message.Id.ToString(),
            hostname,
            message.ReversePath,
            message.ReceivedAt,
            now,
            isDelayWarning ? message.ReceivedAt + lifetime : null,
            ImmutableArray.CreateRange(subjects, subject => new DsnRecipient(subject.Recipient, subject.Reply, HostOf(subject.NextHop), now)),
            original));
        var body = await StoreAsync(report, cancellationToken).ConfigureAwait(false);
        log.Reported(message.Id, id, message.ReversePath, subjects.Length, isDelayWarning);
        return new SubmittedMessage(id, string.Empty, [message.ReversePath], body, EightBit: false, now);
    }

    private static string? HostOf(string? nextHop)
    {
        var end = nextHop?.IndexOf('[', StringComparison.Ordinal) ?? -1;
        return end > 0 ? nextHop![..end] : nextHop;
    }

    private async Task<BodyRef> StoreAsync(byte[] report, CancellationToken cancellationToken)
    {
        var writer = store.CreateBody();
        await using (writer.ConfigureAwait(false))
        {
            writer.Write(report);
            return await writer.CompleteAsync(ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false);
        }
    }

    // A body that cannot be read must not keep its failure from being reported: then the DSN goes out without the header section.
    private async Task<ReadOnlyMemory<byte>> ReadHeaderAsync(BodyRef body, CancellationToken cancellationToken)
    {
        var header = new byte[(int)Math.Min(body.Length, DsnComposer.MaximumOriginal)];
        var length = 0;
        try
        {
            var reader = await store.OpenAsync(body, cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (length < header.Length)
                {
                    var chunk = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                    if (chunk.IsEmpty)
                    {
                        break;
                    }

                    var take = Math.Min(chunk.Length, header.Length - length);
                    chunk.Span[..take].CopyTo(header.AsSpan(length));
                    length += take;
                }
            }
        }
        catch (IOException)
        {
            return ReadOnlyMemory<byte>.Empty;
        }

        return header.AsMemory(0, length);
    }
}
