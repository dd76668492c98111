using System.Collections.Concurrent;
using System.Collections.Immutable;
using MtaCluster.Testing.Ledgers;

namespace MtaCluster.Testing.Peers;

/// <summary>What a sink does with a recipient. The name stands in the local part, so that a sink needs no table.</summary>
/// <param name="Name">The beginning of the local part, before a dot.</param>
/// <param name="Ending">How mail to it ends.</param>
/// <param name="IsRough">It breaks sessions: a destination of its own keeps that from holding up others.</param>
public sealed record SinkBehaviour(string Name, Ending Ending, bool IsRough)
{
    /// <summary>Takes it.</summary>
    public static SinkBehaviour Take { get; } = new("take", Ending.Delivery, IsRough: false);

    /// <summary>Answers its RCPT 4xx twice, then takes it.</summary>
    public static SinkBehaviour Defer { get; } = new("defer", Ending.Delivery, IsRough: false);

    /// <summary>Answers its RCPT 5xx.</summary>
    public static SinkBehaviour Reject { get; } = new("reject", Ending.Bounce, IsRough: false);

    /// <summary>Answers its final dot 4xx once, then takes it.</summary>
    public static SinkBehaviour DeferAtDot { get; } = new("dot", Ending.Delivery, IsRough: false);

    /// <summary>Records it and closes the connection without a reply once, then takes it.</summary>
    public static SinkBehaviour Drop { get; } = new("drop", Ending.Delivery, IsRough: true);

    /// <summary>Keeps its client waiting for a reply once and closes the connection, then takes it.</summary>
    public static SinkBehaviour Stall { get; } = new("stall", Ending.Delivery, IsRough: true);

    /// <summary>Answers its final dot with what is no reply once, then takes it.</summary>
    public static SinkBehaviour Nonsense { get; } = new("nonsense", Ending.Delivery, IsRough: true);

    /// <summary>Every behaviour.</summary>
    public static ImmutableArray<SinkBehaviour> All { get; } = [Take, Defer, Reject, DeferAtDot, Drop, Stall, Nonsense];

    /// <summary>The local part of a recipient that behaves so.</summary>
    public string LocalPart(string rest) => $"{Name}.{rest}";

    /// <summary>The behaviour that a recipient's local part names; the first one if it names none.</summary>
    public static SinkBehaviour Of(string recipient) =>
        All.FirstOrDefault(behaviour => recipient.StartsWith(behaviour.Name + ".", StringComparison.Ordinal)) ?? Take;
}

/// <summary>A sink's script by its recipients' names. Remembers attempts, so that what is put off is taken in the end.</summary>
public sealed class ScriptedBehaviours
{
    private readonly ConcurrentDictionary<string, int> _attempts = new();
    private readonly ConcurrentDictionary<string, int> _dots = new();

    /// <summary>The script.</summary>
    /// <param name="lose">The ordinal of a mail that is answered 250 and not recorded, for a checker's negative control; 0 for none.</param>
    public SinkScript Script(int lose = 0)
    {
        var taken = 0;
        return new SinkScript
        {
            OnRecipient = Answer,
            OnDot = mail => Act(mail) is var action && action == DotAction.Accept && Interlocked.Increment(ref taken) == lose ? DotAction.Lose : action,
            StallTime = TimeSpan.FromSeconds(5),
        };
    }

    private string? Answer(string recipient)
    {
        var behaviour = SinkBehaviour.Of(recipient);
        if (behaviour == SinkBehaviour.Reject)
        {
            return "550 5.1.1 no such mailbox here";
        }

        return behaviour == SinkBehaviour.Defer && _attempts.AddOrUpdate(recipient, 1, (_, count) => count + 1) <= 2 ? "451 4.2.1 not now" : null;
    }

    private DotAction Act(ReceivedMail mail)
    {
        var action = DotAction.Accept;
        foreach (var recipient in mail.Recipients)
        {
            var first = OnFirstDot(SinkBehaviour.Of(recipient));
            if (first != DotAction.Accept && _dots.AddOrUpdate(recipient, 1, (_, count) => count + 1) == 1)
            {
                action = first;
            }
        }

        return action;
    }

    private static DotAction OnFirstDot(SinkBehaviour behaviour) => behaviour.Name switch
    {
        "dot" => DotAction.Refuse,
        "drop" => DotAction.RecordAndDrop,
        "stall" => DotAction.Stall,
        "nonsense" => DotAction.Nonsense,
        _ => DotAction.Accept,
    };
}
