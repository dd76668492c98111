using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Tests.Spool;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

/// <summary>A node that spools and does not deliver, with real remoting to nodes that do.</summary>
public sealed class EgressRouterActorSpecs() : TestKit(ClusterNode.Configure("spool"), "MtaCluster", TestContext.Current.TestOutputHelper)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_offer_goes_to_the_egress_of_another_node_and_the_answer_comes_back_from_its_dispatcher()
    {
        using var node = await JoinAsync();
        var (router, worker, spool) = (await StartAsync(1), CreateTestProbe(), CreateTestProbe());
        await ParkAsync(router, spool, node);

        var options = new MailOptions { EnvelopeId = "QQ1", DeliverBy = new DeliverBy(Mail.Start, DeliverByMode.Return, Trace: true), Priority = -3 };
        router.Tell(Offer(1, spool) with { Options = options, RecipientOptions = [new RecipientOptions { Notify = DsnNotify.Success }] }, worker.Ref);

        var offer = await node.Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop);
        Assert.Equal((Mail.Id(1), "s@example.org", Offers.Target.Key), (offer.Id, offer.ReversePath, offer.Target.Key));
        Assert.Equal(Offers.Target.Plan.Hosts.AsEnumerable(), offer.Target.Plan.Hosts);
        Assert.Equal(options, offer.Options);
        Assert.Equal(DsnNotify.Success, Assert.Single(offer.RecipientOptions).Notify);
        node.Egress.Reply(new OfferSettled(offer.Id, offer.Target, [SpoolScenario.Delivered], DeliveryPath.None) { HandedOn = HandedOn.DeliverBy });
        var settled = await worker.ExpectMsgAsync<OfferSettled>(cancellationToken: Stop);
        Assert.Equal((SpoolScenario.Delivered, HandedOn.DeliverBy), (Assert.Single(settled.Outcomes), settled.HandedOn));
        worker.Reply(new OutcomeRecorded(settled.Id));
        Assert.Equal(Mail.Id(1), (await node.Egress.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop)).Id);
    }

    [Fact]
    public async Task Demand_and_supply_go_between_the_dispatcher_and_the_spool_themselves()
    {
        using var node = await JoinAsync();
        var (router, spool) = (await StartAsync(1), CreateTestProbe());
        var parked = await ParkAsync(router, spool, node);
        parked.Spool.Tell(new MailDemand(parked.Target.Key, 7), node.Egress.Ref);
        Assert.Equal(7, (await spool.ExpectMsgAsync<MailDemand>(cancellationToken: Stop)).Count);
        spool.Reply(new MailSupplied(3, HasMore: true));

        Assert.Equal(new MailSupplied(3, true), await node.Egress.ExpectMsgAsync<MailSupplied>(cancellationToken: Stop));
        router.Tell(new RecallMail(spool.Ref), spool.Ref);
        Assert.Equal(parked.Spool, (await node.Egress.ExpectMsgAsync<RecallMail>(cancellationToken: Stop)).Spool);
    }

    [Fact]
    public async Task Without_an_egress_node_mail_is_parked_and_offered_anew_once_there_is_one()
    {
        Cluster.Get(Sys).Join(Cluster.Get(Sys).SelfAddress);
        var (router, worker, spool) = (await StartAsync(0), CreateTestProbe(), CreateTestProbe());
        router.Tell(Offer(1, spool), worker.Ref);
        Assert.Equal(Mail.Id(1), (await worker.ExpectMsgAsync<OfferParked>(cancellationToken: Stop)).Id);

        using var node = await JoinAsync();

        await spool.ExpectMsgAsync<EgressChanged>(cancellationToken: Stop);
        router.Tell(Offer(1, spool), worker.Ref);
        await node.Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop);
    }

    [Fact]
    public async Task When_an_egress_node_is_lost_its_offers_come_back_and_go_to_another()
    {
        using var first = await JoinAsync();
        using var second = await JoinAsync();
        var (router, worker, spool) = (await StartAsync(2), CreateTestProbe(), CreateTestProbe());
        await ParkAsync(router, spool, first, second);
        router.Tell(Offer(1, spool), worker.Ref);
        await AwaitConditionAsync(() => Task.FromResult(first.Egress.HasMessages || second.Egress.HasMessages), TimeSpan.FromSeconds(30), cancellationToken: Stop);
        var (lost, kept) = first.Egress.HasMessages ? (first, second) : (second, first);

        Cluster.Get(Sys).Down(lost.Address);

        Assert.Equal(Mail.Id(1), (await worker.ExpectMsgAsync<OfferParked>(cancellationToken: Stop)).Id);
        await spool.ExpectMsgAsync<EgressChanged>(cancellationToken: Stop);
        router.Tell(Offer(1, spool), worker.Ref);
        await kept.Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop);
    }

    private static DeliveryOffer Offer(int n, TestProbe spool)
    {
        var message = Mail.Submitted(n);
        return new DeliveryOffer(
            message.Id, Offers.Target, message.ReversePath, message.Recipients, message.Body, message.EightBit, message.ReceivedAt, spool.Ref);
    }

    // The router learns of the nodes by itself: said too early, it goes nowhere.
    private async Task<MailParked> ParkAsync(IActorRef router, TestProbe spool, params EgressNode[] nodes)
    {
        await AwaitConditionAsync(
            () =>
            {
                router.Tell(new MailParked(Offers.Target, spool.Ref), spool.Ref);
                return Task.FromResult(Array.Exists(nodes, node => node.Egress.HasMessages));
            },
            TimeSpan.FromSeconds(30),
            TimeSpan.FromMilliseconds(200),
            cancellationToken: Stop);
        var at = Array.Find(nodes, node => node.Egress.HasMessages)!.Egress;
        var parked = await at.ExpectMsgAsync<MailParked>(cancellationToken: Stop);
        while (await at.ReceiveOneAsync(TimeSpan.FromSeconds(1), Stop) is not null)
        {
            // Said more than once.
        }

        while (spool.HasMessages)
        {
            await spool.ExpectMsgAsync<EgressChanged>(cancellationToken: Stop);
        }

        return parked;
    }

    private async Task<IActorRef> StartAsync(int egressNodes)
    {
        await AwaitConditionAsync(
            () => Task.FromResult(ClusterNode.SeesUp(Sys, "egress", egressNodes)),
            TimeSpan.FromSeconds(30),
            cancellationToken: Stop);
        return EgressRouter.Start(Sys);
    }

    private Task<EgressNode> JoinAsync() => EgressNode.JoinAsync(Sys, Stop);
}
