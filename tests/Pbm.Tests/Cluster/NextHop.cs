using System.Collections.Concurrent;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Pbm.Tests.Cluster;

/// <summary>Where all mail goes: recipients that begin with "held" are always put off, those that begin with "once" the first time, others are taken.</summary>
internal static class NextHop
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public static LedgerSink Start()
    {
        var attempts = new ConcurrentDictionary<string, int>();
        return LedgerSink.Start(new SinkScript
        {
            OnRecipient = recipient =>
            {
                var attempt = attempts.AddOrUpdate(recipient, 1, (_, count) => count + 1);
                return recipient.StartsWith("held", StringComparison.Ordinal) || (recipient.StartsWith("once", StringComparison.Ordinal) && attempt == 1)
                    ? "451 4.2.1 not now"
                    : null;
            },
        });
    }

    /// <summary>Waits until so much mail has arrived for recipients that begin so.</summary>
    public static Task WaitForAsync(LedgerSink sink, string localPart, int count) => sink.WaitUntilAsync(
        () => sink.Received.Count(mail => mail.Recipients.Any(recipient => recipient.StartsWith(localPart, StringComparison.Ordinal))) >= count, s_patience);
}
