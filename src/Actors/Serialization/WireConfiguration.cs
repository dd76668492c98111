namespace MtaCluster.Actors.Serialization;

/// <summary>Which serializer writes what: for the configuration of every actor system that journals or sends it.</summary>
public static class WireConfiguration
{
    /// <summary>In HOCON.</summary>
    public const string Hocon = """
        akka.actor {
          serializers {
            mta-spool = "MtaCluster.Actors.Serialization.SpoolSerializer, MtaCluster.Actors"
            mta-egress = "MtaCluster.Actors.Serialization.EgressSerializer, MtaCluster.Actors"
            mta-destination = "MtaCluster.Actors.Serialization.DestinationSerializer, MtaCluster.Actors"
            mta-admin = "MtaCluster.Actors.Serialization.AdminSerializer, MtaCluster.Actors"
            mta-rates = "MtaCluster.Actors.Serialization.RateSerializer, MtaCluster.Actors"
          }
          serialization-bindings {
            "MtaCluster.Actors.Spool.ISpoolCommand, MtaCluster.Actors" = mta-spool
            "MtaCluster.Actors.Spool.ISpoolAnswer, MtaCluster.Actors" = mta-spool
            "MtaCluster.Actors.Spool.SpoolEvent, MtaCluster.Actors" = mta-spool
            "MtaCluster.Actors.Spool.SpoolSnapshot, MtaCluster.Actors" = mta-spool
            "MtaCluster.Actors.Spool.MessageEnqueued, MtaCluster.Actors" = mta-spool
            "MtaCluster.Actors.Spool.EnqueueInDoubt, MtaCluster.Actors" = mta-spool
            "MtaCluster.Actors.Spool.EnqueueRefused, MtaCluster.Actors" = mta-spool
            "MtaCluster.Actors.Spool.StopSpool, MtaCluster.Actors" = mta-spool
            "MtaCluster.Actors.Spool.SpoolStarted, MtaCluster.Actors" = mta-spool
            "MtaCluster.Actors.Destination.DeliveryOffer, MtaCluster.Actors" = mta-egress
            "MtaCluster.Actors.Destination.OfferSettled, MtaCluster.Actors" = mta-egress
            "MtaCluster.Actors.Destination.OfferParked, MtaCluster.Actors" = mta-egress
            "MtaCluster.Actors.Destination.RecallMail, MtaCluster.Actors" = mta-egress
            "MtaCluster.Actors.Destination.ClaimOutcomes, MtaCluster.Actors" = mta-egress
            "MtaCluster.Actors.Destination.LeftOutcome, MtaCluster.Actors" = mta-egress
            "MtaCluster.Actors.Destination.OutcomesClaimed, MtaCluster.Actors" = mta-egress
            "MtaCluster.Actors.Spool.MailParked, MtaCluster.Actors" = mta-egress
            "MtaCluster.Actors.Spool.MailDemand, MtaCluster.Actors" = mta-egress
            "MtaCluster.Actors.Spool.MailSupplied, MtaCluster.Actors" = mta-egress
            "MtaCluster.Actors.Spool.OutcomeRecorded, MtaCluster.Actors" = mta-egress
            "MtaCluster.Actors.Destination.IDestinationCommand, MtaCluster.Actors" = mta-destination
            "MtaCluster.Actors.Destination.DestinationEvent, MtaCluster.Actors" = mta-destination
            "MtaCluster.Actors.Destination.DestinationSnapshot, MtaCluster.Actors" = mta-destination
            "MtaCluster.Actors.Destination.LeaseGranted, MtaCluster.Actors" = mta-destination
            "MtaCluster.Actors.Destination.DestinationDescription, MtaCluster.Actors" = mta-destination
            "MtaCluster.Actors.Admin.INodeQueryMessage, MtaCluster.Actors" = mta-admin
            "MtaCluster.Actors.Rates.IRateCommand, MtaCluster.Actors" = mta-rates
            "MtaCluster.Actors.Rates.AllowanceGranted, MtaCluster.Actors" = mta-rates
          }
        }
        """;
}
