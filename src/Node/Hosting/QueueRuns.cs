using Akka.Actor;
using MtaCluster.Actors.Spool;
using MtaCluster.Node.Smtp;

namespace MtaCluster.Node.Hosting;

/// <summary>Tells every spool of the cluster to try the mail of a domain now.</summary>
internal sealed class QueueRuns(IActorRef spools, int count) : IQueueRuns
{
    public void Begin(string domain, bool withSubdomains)
    {
        for (var spool = 0; spool < count; spool++)
        {
            spools.Tell(new FlushMessages(spool, new QueueFilter(domain)), ActorRefs.NoSender);
            if (withSubdomains)
            {
                spools.Tell(new FlushMessages(spool, new QueueFilter("*." + domain)), ActorRefs.NoSender);
            }
        }
    }
}
