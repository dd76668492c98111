using System.Collections.Immutable;
using Akka.Actor;

namespace MtaCluster.Actors.Admin;

/// <summary>Asking nodes about themselves.</summary>
public static class NodeQueries
{
    private const string ActorName = "admin";

    /// <summary>Starts to answer on this node.</summary>
    public static IActorRef Start(ActorSystem system, IEnumerable<INodeQuery> queries)
    {
        var byName = queries.ToImmutableDictionary(query => query.Name, StringComparer.Ordinal);
        return system.ActorOf(ActorProps.Of(() => new AdminActor(byName)), ActorName);
    }

    /// <summary>Asks a node, this one or another.</summary>
    /// <returns>The answer, in JSON.</returns>
    /// <exception cref="TimeoutException">It did not answer in time.</exception>
    /// <exception cref="NodeQueryException">It answered that it cannot.</exception>
    public static Task<ImmutableArray<byte>> AskAsync(ActorSystem system, Address node, NodeQuery query, TimeSpan timeout)
    {
        var answer = new TaskCompletionSource<ImmutableArray<byte>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var admin = system.ActorSelection(new RootActorPath(node) / "user" / ActorName);
        system.ActorOf(ActorProps.Of(() => new NodeQueryActor(admin, query, timeout, answer)));
        return answer.Task;
    }
}

/// <summary>A node answered that it has no answer.</summary>
public sealed class NodeQueryException(string reason) : Exception(reason);

/// <summary>Asks one node one question, puts the parts of the answer together, and ends.</summary>
internal sealed class NodeQueryActor : UntypedActor
{
    private readonly ICanTell _admin;
    private readonly NodeQuery _query;
    private readonly TimeSpan _timeout;
    private readonly TaskCompletionSource<ImmutableArray<byte>> _answer;
    private readonly ImmutableArray<byte>.Builder _octets = ImmutableArray.CreateBuilder<byte>();
    private int _next;

    public NodeQueryActor(ICanTell admin, NodeQuery query, TimeSpan timeout, TaskCompletionSource<ImmutableArray<byte>> answer)
    {
        _admin = admin;
        _query = query;
        _timeout = timeout;
        _answer = answer;
    }

    protected override void PreStart()
    {
        Context.SetReceiveTimeout(_timeout);
        _admin.Tell(_query, Self);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case NodeAnswerPart part when part.Part == _next:
                Take(part);
                break;
            case NodeAnswerPart:
                End(new NodeQueryException("a part of the answer was lost"));
                break;
            case NodeQueryRefused refused:
                End(new NodeQueryException(refused.Reason));
                break;
            case ReceiveTimeout:
                End(new TimeoutException());
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop() => _answer.TrySetCanceled();

    private void Take(NodeAnswerPart part)
    {
        _octets.AddRange(part.Octets);
        if (++_next == part.Parts)
        {
            _answer.TrySetResult(_octets.DrainToImmutable());
            Context.Stop(Self);
        }
    }

    private void End(Exception why)
    {
        _answer.TrySetException(why);
        Context.Stop(Self);
    }
}
