using System.Collections.Immutable;

namespace MtaCluster.Actors.Storage;

/// <summary>Frees the space of message bodies a container at a time. The store knows what it has; the spools know what is wanted.</summary>
public interface IBodyReclaim
{
    /// <summary>What could be reclaimed: containers that get no further bodies, and in which none can be accepted any more.</summary>
    /// <exception cref="IOException">The store failed.</exception>
    Task<ReclaimSurvey> SurveyAsync(CancellationToken cancellationToken);

    /// <summary>Frees all of a container but some bodies, whose references stay valid; returns the octets that were freed.</summary>
    /// <exception cref="IOException">The store failed, or does not have what is to be kept; nothing was freed.</exception>
    Task<long> KeepOnlyAsync(long container, ImmutableArray<long> positions, CancellationToken cancellationToken);
}

/// <summary>What a store could reclaim.</summary>
/// <param name="Containers">The containers, oldest first.</param>
/// <param name="SequenceNumbers">
/// For each spool the number of the last event in its journal. A spool that knows of this event knows every body of these containers that is wanted:
/// they only lose bodies from now on. One that does not may have been replaced without noticing yet.
/// </param>
public sealed record ReclaimSurvey(ImmutableArray<ReclaimableContainer> Containers, ImmutableDictionary<int, long> SequenceNumbers);

/// <summary>A container that could be reclaimed.</summary>
/// <param name="Container">The container.</param>
/// <param name="Octets">What it takes now.</param>
/// <param name="WorthwhileAt">Reclaiming pays once no more bodies than this are wanted.</param>
public sealed record ReclaimableContainer(long Container, long Octets, long WorthwhileAt);
