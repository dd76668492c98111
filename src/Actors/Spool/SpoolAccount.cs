namespace MtaCluster.Actors.Spool;

/// <summary>
/// What a spool has taken since it was first used, and what has become of it: sums over its events, durable as they are. What is queued is not
/// among them: it is counted over the messages, and so proves the sums (see <see cref="SpoolLedger"/>).
/// </summary>
/// <param name="AcceptedMessages">Messages accepted, DSNs of our own included.</param>
/// <param name="Accepted">Their recipients.</param>
/// <param name="Delivered">Recipients delivered.</param>
/// <param name="Bounced">Recipients bounced.</param>
/// <param name="Discarded">Recipients that an administrator discarded.</param>
public sealed record SpoolAccount(long AcceptedMessages, long Accepted, long Delivered, long Bounced, long Discarded)
{
    /// <summary>Of a spool that was never used.</summary>
    public static readonly SpoolAccount Empty = new(0, 0, 0, 0, 0);
}
