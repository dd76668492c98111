using MtaCluster.Protocol.Address;

namespace MtaCluster.Node.Recipients;

/// <summary>Asks the next hop of a domain whether it takes mail for a recipient.</summary>
internal interface ICallAhead
{
    /// <summary>
    /// What the next hop says. With <see cref="Presence.Unknown"/> its words, as printable ASCII. Does not throw but on cancellation.
    /// </summary>
    ValueTask<(Presence Presence, string? Text)> AskAsync(Mailbox recipient, CancellationToken cancellationToken);
}
