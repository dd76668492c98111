using System.Collections.Immutable;
using MtaCluster.Protocol.Address;

namespace MtaCluster.Node.Recipients;

/// <summary>What becomes of a recipient: a closed sum.</summary>
internal abstract record Resolution
{
    private Resolution()
    {
    }

    /// <summary>It is taken as it is: it is there, or its domain is not checked.</summary>
    public static Resolution AsItIs { get; } = new Taken();

    /// <summary>There is no such mailbox.</summary>
    public static Resolution NoSuchMailbox { get; } = new Unknown(null);

    /// <summary>Nobody can tell now.</summary>
    public static Resolution NotNow { get; } = new Away();

    /// <summary>It is taken.</summary>
    public sealed record Taken : Resolution;

    /// <summary>Others get the mail in its place.</summary>
    public sealed record Expanded(ImmutableArray<Mailbox> Targets) : Resolution;

    /// <summary>There is no such mailbox. <paramref name="NextHopText"/> is what the next hop said, printable ASCII; null if it was not asked.</summary>
    public sealed record Unknown(string? NextHopText) : Resolution;

    /// <summary>Nobody can tell now.</summary>
    public sealed record Away : Resolution;

    /// <summary>It is an alias that cannot be expanded: the operator's mistake, which bounces nothing.</summary>
    public sealed record Broken(string Reason) : Resolution;
}
