using System.Collections.Immutable;
using MtaCluster.Actors.Routing;

namespace MtaCluster.Node.Auth;

/// <summary>Who has logged in.</summary>
/// <param name="Name">The canonical name.</param>
/// <param name="Mechanism">By which SASL mechanism.</param>
/// <param name="Identities">Whom they may send as.</param>
/// <param name="Rate">How many messages they may send; null for as many as they like.</param>
internal sealed record AuthenticatedUser(string Name, string Mechanism, ImmutableArray<SenderIdentity> Identities, Rate? Rate)
{
    /// <summary>As whom they may send.</summary>
    public Protocol.Submission.SenderIdentity Sender { get; } = new(Name, [.. Identities.Select(identity => identity.Pattern)]);
}
