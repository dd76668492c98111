using System.Collections.Immutable;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Testing.Ledgers;

/// <summary>What kinds of mail are sent, and in what proportion.</summary>
public sealed record MailMix
{
    /// <summary>The domain of recipients at a next hop that keeps to the protocol.</summary>
    public const string SteadyDomain = "steady.example.org";

    /// <summary>The domain of recipients at a next hop that stalls, drops and talks nonsense.</summary>
    public const string RoughDomain = "rough.example.org";

    /// <summary>One recipient each, all of them taken.</summary>
    public static MailMix Plain { get; } = new() { Kinds = [(1, [SinkBehaviour.Take])] };

    /// <summary>Mostly plain mail, and some of everything that a sink may do, also in one mail.</summary>
    public static MailMix Varied { get; } = new()
    {
        Kinds =
        [
            (80, [SinkBehaviour.Take]),
            (4, [SinkBehaviour.Take, SinkBehaviour.Take, SinkBehaviour.Take]),
            (4, [SinkBehaviour.Take, SinkBehaviour.Defer, SinkBehaviour.Reject]),
            (3, [SinkBehaviour.Defer]),
            (3, [SinkBehaviour.Reject]),
            (2, [SinkBehaviour.DeferAtDot]),
            (2, [SinkBehaviour.Drop]),
            (1, [SinkBehaviour.Stall]),
            (1, [SinkBehaviour.Nonsense]),
        ],
    };

    /// <summary>The recipients' behaviours of each kind of mail, with its share.</summary>
    public required ImmutableArray<(int Share, ImmutableArray<SinkBehaviour> Recipients)> Kinds { get; init; }

    /// <summary>The domain of reverse-paths, where DSNs go.</summary>
    public string ReturnDomain { get; init; } = "return.example.com";

    /// <summary>The domain of a recipient that behaves so.</summary>
    public static string DomainOf(SinkBehaviour behaviour) => behaviour.IsRough ? RoughDomain : SteadyDomain;

    /// <summary>The recipients of one mail.</summary>
    public ImmutableArray<SinkBehaviour> Draw(Random random)
    {
        var drawn = random.Next(Kinds.Sum(kind => kind.Share));
        foreach (var (share, recipients) in Kinds)
        {
            if ((drawn -= share) < 0)
            {
                return recipients;
            }
        }

        return Kinds[^1].Recipients;
    }
}
