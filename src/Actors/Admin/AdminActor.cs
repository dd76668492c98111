using System.Collections.Immutable;
using Akka.Actor;

namespace MtaCluster.Actors.Admin;

/// <summary>
/// Answers the admin endpoints of the other nodes about this one. Holds nothing; a question that is under way when it restarts is not
/// answered, and the one who asked says so.
/// </summary>
internal sealed class AdminActor : UntypedActor
{
    /// <summary>Well below the frame of the transport (128,000 octets).</summary>
    public const int PartOctets = 64 * 1024;

    private readonly ImmutableDictionary<string, INodeQuery> _queries;

    public AdminActor(ImmutableDictionary<string, INodeQuery> queries)
    {
        _queries = queries;
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case NodeQuery query when _queries.TryGetValue(query.Name, out var answering):
                var asker = Sender;
                AnswerAsync(answering, query.Arguments).PipeTo(
                    Self,
                    success: octets => new Answered(asker, octets),
                    failure: cause => new Failed(asker, cause.GetBaseException().Message));
                break;
            case NodeQuery query:
                Sender.Tell(new NodeQueryRefused($"this node does not know '{query.Name}': it runs another version"));
                break;
            case Answered answered:
                Send(answered);
                break;
            case Failed failed:
                failed.Asker.Tell(new NodeQueryRefused(failed.Reason));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    // A query that throws before its first await is an answer too.
    private static async Task<ImmutableArray<byte>> AnswerAsync(INodeQuery query, ImmutableArray<byte> arguments)
        => await query.AnswerAsync(arguments).ConfigureAwait(false);

    private static void Send(Answered answered)
    {
        var parts = Math.Max(1, (answered.Octets.Length + PartOctets - 1) / PartOctets);
        for (var part = 0; part < parts; part++)
        {
            var start = part * PartOctets;
            var length = Math.Min(PartOctets, answered.Octets.Length - start);
            answered.Asker.Tell(new NodeAnswerPart(part, parts, answered.Octets.Slice(start, length)));
        }
    }

    private sealed record Answered(IActorRef Asker, ImmutableArray<byte> Octets) : INoSerializationVerificationNeeded;

    private sealed record Failed(IActorRef Asker, string Reason) : INoSerializationVerificationNeeded;
}
