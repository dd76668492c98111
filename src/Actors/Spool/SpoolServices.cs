using Akka.Actor;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Storage;
using MtaCluster.Actors.Telemetry;
using MtaCluster.Protocol.Delivery;

namespace MtaCluster.Actors.Spool;

/// <summary>What spools and their MessageActors work with: the same for all of a node.</summary>
/// <param name="NodeName">Names this node in the journal.</param>
/// <param name="Schedule">Retry and lifetime.</param>
/// <param name="Store">The message bodies.</param>
/// <param name="Reports">Writes DSNs.</param>
/// <param name="Routes">Where recipients go.</param>
/// <param name="Egress">The parent of this node's dispatchers.</param>
/// <param name="LocalSpools">Where spools of this node announce themselves.</param>
/// <param name="MailLog">One line per attempt and bounce.</param>
/// <param name="Counters">Totals of this node.</param>
/// <param name="Time">The clock.</param>
/// <param name="JournalPluginId">The journal of the spools.</param>
/// <param name="SnapshotPluginId">The snapshot store of the spools.</param>
public sealed record SpoolServices(
    string NodeName,
    RetrySchedule Schedule,
    IMessageStore Store,
    ReportWriter Reports,
    RoutePlanner Routes,
    IActorRef Egress,
    LocalSpools LocalSpools,
    IMailLog MailLog,
    MailCounters Counters,
    TimeProvider Time,
    string JournalPluginId,
    string SnapshotPluginId);
