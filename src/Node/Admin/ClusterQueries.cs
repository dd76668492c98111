using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using Akka.Actor;
using Akka.Cluster;
using MtaCluster.Actors.Admin;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Spool;
using MtaCluster.Pbm.Protocol;

namespace MtaCluster.Node.Admin;

/// <summary>Someone who did not answer.</summary>
/// <param name="Who">A node, spools or a destination.</param>
/// <param name="Reason">Why, as far as is known.</param>
internal sealed record Unanswered(string Who, string Reason);

/// <summary>What a node answered.</summary>
internal sealed record NodeAnswer<T>(string Node, T Answer);

/// <summary>
/// Asks the whole cluster on behalf of one command: every spool, wherever it runs, or every node. Nothing here fails: who does not answer in
/// time is named in <see cref="Unanswered"/>.
/// </summary>
internal sealed class ClusterQueries(AdminServices services, CancellationToken ended)
{
    /// <summary>How long any of them may take.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    // Enough that the default number of spools is asked at once.
    private const int Concurrency = 64;

    private static readonly string s_overdue = $"nothing came within {Texts.Duration(Timeout)}";

    private readonly ConcurrentBag<(int Spool, string Reason)> _spools = [];
    private readonly ConcurrentBag<Unanswered> _others = [];

    /// <summary>Who did not answer, so far.</summary>
    public ImmutableArray<Unanswered> Unanswered =>
    [
        .. _others.OrderBy(silent => silent.Who, StringComparer.Ordinal),
        .. _spools.GroupBy(silent => silent.Reason, silent => silent.Spool).OrderBy(silent => silent.Key, StringComparer.Ordinal)
            .Select(silent => new Unanswered((silent.Count() == 1 ? "spool " : "spools ") + Texts.Ranges(silent), silent.Key)),
    ];

    /// <summary>Asks every spool; the answers come in the order of the spools.</summary>
    public async Task<ImmutableArray<T>> AskSpoolsAsync<T>(Func<int, ISpoolCommand> question)
        where T : class
    {
        var answers = new T?[services.SpoolCount];
        await ForEachAsync(
            Enumerable.Range(0, services.SpoolCount),
            async spool => answers[spool] = await AskSpoolAsync<T>(question(spool)).ConfigureAwait(false)).ConfigureAwait(false);
        return [.. answers.OfType<T>()];
    }

    /// <summary>Asks one spool; null if it does not answer.</summary>
    public Task<T?> AskSpoolAsync<T>(ISpoolCommand question)
        where T : class => AskAsync<T>(services.Spools, question, reason => _spools.Add((question.Spool, reason)));

    /// <summary>Asks the authority of a destination; null if it does not answer.</summary>
    public Task<T?> AskDestinationAsync<T>(IDestinationCommand question)
        where T : class => AskAsync<T>(services.Destinations, question, reason => _others.Add(new Unanswered($"destination {question.Destination}", reason)));

    /// <summary>Does something for many at once, but not for all.</summary>
    public Task ForEachAsync<T>(IEnumerable<T> items, Func<T, Task> action) => Parallel.ForEachAsync(
        items,
        new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = ended },
        async (item, _) => await action(item).ConfigureAwait(false));

    /// <summary>Asks every member of the cluster; the answers come in the order of the addresses.</summary>
    public async Task<ImmutableArray<NodeAnswer<T>>> AskNodesAsync<T>(string question, object? arguments = null)
        where T : class
    {
        var cluster = Cluster.Get(services.System);
        var state = cluster.State;
        var octets = arguments is null ? [] : ImmutableCollectionsMarshal.AsImmutableArray(JsonSerializer.SerializeToUtf8Bytes(arguments, AdminProtocol.Json));
        var query = new NodeQuery(question, octets);
        var answers = new ConcurrentBag<NodeAnswer<T>>();
        await ForEachAsync(state.Members, async member =>
        {
            var node = member.Address.ToString();
            if (state.Unreachable.Contains(member))
            {
                _others.Add(new Unanswered(node, "unreachable"));
            }
            else if (member.Status is MemberStatus.Up or MemberStatus.WeaklyUp or MemberStatus.Leaving)
            {
                await AskNodeAsync(member.Address, query, answers).ConfigureAwait(false);
            }
            else
            {
                _others.Add(new Unanswered(node, member.Status.ToString().ToLowerInvariant()));
            }
        }).ConfigureAwait(false);
        if (!state.Members.Any(member => member.Address == cluster.SelfAddress))
        {
            // It is not in the cluster yet, or no more. What it says of itself is still worth hearing.
            await AskNodeAsync(cluster.SelfAddress, query, answers).ConfigureAwait(false);
        }

        return [.. answers.OrderBy(answer => answer.Node, StringComparer.Ordinal)];
    }

    private async Task AskNodeAsync<T>(Address node, NodeQuery query, ConcurrentBag<NodeAnswer<T>> answers)
        where T : class
    {
        try
        {
            var octets = await NodeQueries.AskAsync(services.System, node, query, Timeout).WaitAsync(ended).ConfigureAwait(false);
            answers.Add(new NodeAnswer<T>(node.ToString(), JsonSerializer.Deserialize<T>(octets.AsSpan(), AdminProtocol.Json)!));
        }
        catch (Exception failure) when (failure is TimeoutException or NodeQueryException or JsonException)
        {
            _others.Add(new Unanswered(node.ToString(), failure is TimeoutException ? s_overdue : failure.Message));
        }
    }

    private async Task<T?> AskAsync<T>(IActorRef target, object question, Action<string> unanswered)
        where T : class
    {
        try
        {
            var answer = await target.Ask<object>(question, Timeout, ended).ConfigureAwait(false);
            if (answer is T expected)
            {
                return expected;
            }

            unanswered($"it answered {answer.GetType().Name}");
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // A failure that was sent back in place of an answer comes out of the question as it is.
            unanswered(failure is AskTimeoutException ? s_overdue : failure.Message);
        }

        return null;
    }
}
