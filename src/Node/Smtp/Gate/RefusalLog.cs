using System.Net;
using MtaCluster.Protocol.Smtp.Server;

namespace MtaCluster.Node.Smtp.Gate;

/// <summary>Tells of refusals, at most once in ten seconds of each kind, with the number of those that were not told: a flood of connections does not become one of lines.</summary>
internal sealed partial class RefusalLog(TimeProvider time, ILogger log)
{
    /// <summary>How long one kind of refusal is not told of again.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Dictionary<WireReply, (long Told, int Untold)> _kinds = [];

    /// <summary>A client was refused.</summary>
    public void Tell(IPAddress client, WireReply refusal)
    {
        int untold;
        lock (_kinds)
        {
            if (_kinds.TryGetValue(refusal, out var kind) && time.GetElapsedTime(kind.Told) < Interval)
            {
                _kinds[refusal] = kind with { Untold = kind.Untold + 1 };
                return;
            }

            untold = kind.Untold;
            _kinds[refusal] = (time.GetTimestamp(), 0);
        }

        LogRefused(log, client, refusal.ToString(), untold);
    }

    [LoggerMessage(2646, LogLevel.Warning, "Connection refused: client={client} reply=\"{reply}\" untold={untold}", EventName = "ConnectionRefused")]
    private static partial void LogRefused(ILogger logger, IPAddress client, string reply, int untold);
}
