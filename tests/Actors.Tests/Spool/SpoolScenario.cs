using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Telemetry;
using MtaCluster.Protocol.Delivery;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

/// <summary>What specs of spools and MessageActors have in common: mail for example.net and example.com has a destination each, a probe is the egress.</summary>
public abstract class SpoolScenario : ActorSpecs
{
    internal const string PersistenceId = "spool-0";

    protected SpoolScenario(bool serializesMessages = false)
        : base(serializesMessages)
    {
        Egress = CreateTestProbe("egress");
        var routes = ImmutableArray.Create(Route("example.net", "[127.0.0.1]:2525"), Route("example.com", "[127.0.0.2]:2525"));
        Services = new SpoolServices(
            "node-a",
            Mail.Schedule,
            Store,
            new ReportWriter(Store, "mx.example.org", MailLog, Time),
            new RoutePlanner(Dns, routes, ShapingTable.Empty, "mx.example.org"),
            Egress.Ref,
            new LocalSpools(1),
            MailLog,
            new MailCounters(),
            Time,
            _ => Journal,
            _ => Snapshots);
    }

    internal FakeStore Store { get; } = new();

    internal FakeDns Dns { get; } = new();

    internal RecordingMailLog MailLog { get; } = new();

    protected TestProbe Egress { get; }

    protected SpoolServices Services { get; set; }

    internal IActorRef StartSpool(string? name = null) => Sys.ActorOf(Props.Create(() => new SpoolActor(0, Services)), name);

    /// <summary>The spool has done all that was sent to it before.</summary>
    protected async Task SettleAsync(IActorRef spool)
    {
        var probe = CreateTestProbe();
        spool.Tell(new Identify(null), probe.Ref);
        await probe.ExpectMsgAsync<ActorIdentity>(cancellationToken: Stop);
    }

    /// <summary>The spool is open, and has done all that was sent to it before.</summary>
    protected async Task SettleOpenAsync(IActorRef spool)
    {
        await AwaitConditionAsync(
            () => Task.FromResult(Services.LocalSpools.Find(0)?.Actor.Equals(spool) == true),
            TimeSpan.FromSeconds(30),
            TimeSpan.FromMilliseconds(5),
            cancellationToken: Stop);
        await SettleAsync(spool);
    }

    /// <summary>Message 1 is being written, and held there; 2 and 3 gather behind it. The gate is closed.</summary>
    /// <returns>The write that is held.</returns>
    internal async Task<JournalGate.Write> GatherTwoBehindOneAsync(IActorRef spool)
    {
        Gate.Close();
        spool.Tell(new EnqueueMessage(Mail.Submitted(1)), TestActor);
        var first = await Gate.HeldAsync(Stop);
        spool.Tell(new EnqueueMessage(Mail.Submitted(2)), TestActor);
        spool.Tell(new EnqueueMessage(Mail.Submitted(3)), TestActor);
        return first;
    }

    /// <summary>Stops the spool, or what is left of it.</summary>
    protected async Task EndAsync(IActorRef spool)
    {
        var watcher = CreateTestProbe();
        watcher.Watch(spool);
        Sys.Stop(spool);
        await watcher.ExpectTerminatedAsync(spool, cancellationToken: Stop);
    }

    internal static void Settle(TestProbe dispatcher, DeliveryOffer offer, IActorRef worker, params RecipientOutcome[] outcomes)
        => worker.Tell(new OfferSettled(offer.Id, offer.Target, [.. outcomes], DeliveryPath.None), dispatcher.Ref);

    internal static RecipientOutcome Delivered { get; } = new(OutcomeKind.Delivered, FailureScope.None, Mail.Taken);

    internal static RecipientOutcome Deferred { get; } = new(OutcomeKind.Deferred, FailureScope.Recipient, Mail.Busy);

    internal static RecipientOutcome Bounced { get; } = new(OutcomeKind.Bounced, FailureScope.Recipient, Mail.Unknown);

    private static RouteRule Route(string domain, string hop)
    {
        Assert.True(DomainPattern.TryParse(domain, out var pattern));
        Assert.True(NextHop.TryParse(hop, out var nextHop));
        return new RouteRule(pattern, nextHop);
    }
}
