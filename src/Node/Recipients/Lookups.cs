using System.Collections.Immutable;
using MtaCluster.Protocol.Address;

namespace MtaCluster.Node.Recipients;

/// <summary>Whether there is such a mailbox.</summary>
public enum Presence
{
    /// <summary>There is none.</summary>
    Unknown,

    /// <summary>There is.</summary>
    Known,

    /// <summary>Nobody can tell now. Never to be taken for <see cref="Unknown"/>: that would bounce mail for people who are there.</summary>
    Away,
}

/// <summary>Knows the mailboxes of a domain, or of many.</summary>
internal interface IUserSource
{
    /// <summary>Whether there is such a mailbox. Does not throw but on cancellation.</summary>
    ValueTask<Presence> FindAsync(Mailbox mailbox, CancellationToken cancellationToken);
}

/// <summary>Knows what addresses stand for others.</summary>
internal interface IAliasSource
{
    /// <summary>What the mailbox stands for. Does not throw but on cancellation.</summary>
    ValueTask<AliasAnswer> FindAsync(Mailbox mailbox, CancellationToken cancellationToken);

    /// <summary>
    /// What all mailboxes of a domain stand for, the entry <c>@domain</c>. Asked last: those that are there are not touched by it. Does not throw but on
    /// cancellation.
    /// </summary>
    ValueTask<AliasAnswer> FindForDomainAsync(string domain, CancellationToken cancellationToken);
}

/// <summary>What an address stands for.</summary>
/// <param name="Presence">Whether it is an alias.</param>
/// <param name="Targets">What it stands for; at least one if it is known, none otherwise.</param>
internal sealed record AliasAnswer(Presence Presence, ImmutableArray<Mailbox> Targets)
{
    /// <summary>It is no alias.</summary>
    public static AliasAnswer None { get; } = new(Presence.Unknown, []);

    /// <summary>Nobody can tell now.</summary>
    public static AliasAnswer Away { get; } = new(Presence.Away, []);

    /// <summary>It stands for these.</summary>
    public static AliasAnswer Of(ImmutableArray<Mailbox> targets) => targets.IsEmpty ? None : new AliasAnswer(Presence.Known, targets);
}
