using System.Collections.Immutable;

namespace MtaCluster.Node.Admin;

/// <summary>What the handler of a command has: its arguments, the cluster to ask, and where its answer goes.</summary>
internal sealed class CommandContext(
    AdminServices services, CommandArguments arguments, Caller caller, ReplyWriter replies, CancellationToken ended)
{
    /// <summary>The node.</summary>
    public AdminServices Services => services;

    /// <summary>What was given.</summary>
    public CommandArguments Arguments => arguments;

    /// <summary>The secret that the command takes; null if it takes none.</summary>
    public string? Secret { get; init; }

    /// <summary>Who asks.</summary>
    public Caller Caller => caller;

    /// <summary>Where the answer goes.</summary>
    public ReplyWriter Replies => replies;

    /// <summary>Cancelled when whoever asked has gone, or the node stops.</summary>
    public CancellationToken Ended => ended;

    /// <summary>The cluster; what does not answer is reported with the command's answer.</summary>
    public ClusterQueries Cluster { get; } = new(services, ended);

    /// <summary>The time.</summary>
    public DateTimeOffset Now => services.Time.GetUtcNow();

    /// <summary>How many messages (or destinations, or nodes) a change touched: for the audit log.</summary>
    public long Touched { get; set; }

    /// <summary>Why the command failed; null if it did not.</summary>
    public string? Failure { get; private set; }

    /// <summary>The command has failed. The answer so far stands.</summary>
    public void Fail(string why) => Failure ??= why;

    /// <summary>A table of what the answer is about.</summary>
    public Task WriteAsync<TRow>(Table<TRow> table, IReadOnlyCollection<TRow> rows, bool forPeople = false) => table.WriteAsync(replies, rows, forPeople);

    /// <summary>Says which nodes and spools did not answer, and makes a failure of it: the answer is not the whole cluster's.</summary>
    public async Task ReportUnansweredAsync()
    {
        ImmutableArray<Unanswered> unanswered = Cluster.Unanswered;
        foreach (var silent in unanswered)
        {
            await replies.LineAsync($"no answer from {silent.Who}: {silent.Reason}", new { unanswered = silent.Who, silent.Reason }).ConfigureAwait(false);
        }

        if (!unanswered.IsEmpty)
        {
            Fail("the answer is incomplete");
        }
    }
}
