using Akka.Configuration;
using MtaCluster.Actors.Storage;
using MtaCluster.Node.Auth;

namespace MtaCluster.Node.Storage;

/// <summary>Where a node keeps what must be durable: its message bodies, and the journals of its actors.</summary>
internal interface IStorageBackend : IAsyncDisposable
{
    /// <summary>The message bodies.</summary>
    IMessageStore Bodies { get; }

    /// <summary>What frees the space of bodies by asking the spools; null where the store does it by itself.</summary>
    IBodyReclaim? Reclaim { get; }

    /// <summary>The users that all nodes share; null where there is no database for them.</summary>
    IUserDirectory? Users { get; }

    /// <summary>The settings of the journal and snapshot plugins.</summary>
    Config Persistence { get; }

    /// <summary>The journal of the destinations.</summary>
    string DestinationJournal { get; }

    /// <summary>The snapshot store of the destinations.</summary>
    string DestinationSnapshots { get; }

    /// <summary>The journal of a spool.</summary>
    string SpoolJournalOf(int spool);

    /// <summary>The snapshot store of a spool.</summary>
    string SpoolSnapshotsOf(int spool);

    /// <summary>How long a busy spool waits between two writes to its journal; zero for not at all.</summary>
    TimeSpan WriteRest { get; }

    /// <summary>Whether a failure of a journal tells for certain that nothing was written.</summary>
    bool IsNotWritten(Exception failure);

    /// <summary>Waits until everything can be used, and then watches over it. What is in trouble, now or later, is reported as bad.</summary>
    /// <exception cref="StorageRefusedException">It must not be used as it is.</exception>
    Task PrepareAsync(StoreHealth health, CancellationToken cancellationToken);
}
