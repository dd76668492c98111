using System.Collections.Immutable;
using MtaCluster.Actors.Routing;
using MtaCluster.Protocol.Sasl;

namespace MtaCluster.Node.Auth;

/// <summary>A user, as a directory keeps them.</summary>
/// <param name="Name">In canonical form: <see cref="UserName"/>.</param>
/// <param name="Password">The hash of the password.</param>
/// <param name="Scram">What checks SCRAM proofs; null if the user cannot use SCRAM.</param>
/// <param name="Identities">Whom they may send as.</param>
internal sealed record UserRecord(string Name, PasswordHash Password, ScramKeys? Scram, ImmutableArray<SenderIdentity> Identities)
{
    /// <summary>Whether they may log in at all.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>How many messages they may send; null for as many as they like.</summary>
    public Rate? Rate { get; init; }

    /// <summary>Without what passwords are checked by: it may come to a log.</summary>
    public override string ToString() => Name;
}
