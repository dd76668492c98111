namespace MtaCluster.Actors.Serialization;

/// <summary>Which serializer writes what: for the configuration of every actor system that journals or sends it.</summary>
public static class WireConfiguration
{
    /// <summary>In HOCON.</summary>
    public const string Hocon = """
        akka.actor {
          serializers {
            mta-spool = "MtaCluster.Actors.Serialization.SpoolSerializer, MtaCluster.Actors"
            mta-destination = "MtaCluster.Actors.Serialization.DestinationSerializer, MtaCluster.Actors"
          }
          serialization-bindings {
            "MtaCluster.Actors.Spool.ISpoolCommand, MtaCluster.Actors" = mta-spool
            "MtaCluster.Actors.Spool.SpoolEvent, MtaCluster.Actors" = mta-spool
            "MtaCluster.Actors.Spool.SpoolSnapshot, MtaCluster.Actors" = mta-spool
            "MtaCluster.Actors.Spool.MessageEnqueued, MtaCluster.Actors" = mta-spool
            "MtaCluster.Actors.Spool.EnqueueRefused, MtaCluster.Actors" = mta-spool
            "MtaCluster.Actors.Spool.StopSpool, MtaCluster.Actors" = mta-spool
            "MtaCluster.Actors.Destination.IDestinationCommand, MtaCluster.Actors" = mta-destination
            "MtaCluster.Actors.Destination.DestinationEvent, MtaCluster.Actors" = mta-destination
            "MtaCluster.Actors.Destination.DestinationSnapshot, MtaCluster.Actors" = mta-destination
            "MtaCluster.Actors.Destination.LeaseGranted, MtaCluster.Actors" = mta-destination
          }
        }
        """;
}
