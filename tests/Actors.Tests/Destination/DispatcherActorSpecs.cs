using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Tests.Spool;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp.Client;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

public sealed class DispatcherActorSpecs : DispatcherScenario
{
    [Fact]
    public async Task Everything_is_delivered_and_never_over_more_connections_than_leased()
    {
        Policy.Limit = 3;
        var dispatcher = Start();

        Offer(dispatcher, 1, 40);
        var settled = await SettledAsync(40);

        Assert.All(settled, s => Assert.Equal(OutcomeKind.Delivered, Assert.Single(s.Outcomes).Kind));
        Assert.Equal(Recipients(1, 40), Peer.Messages.Select(m => m.Recipient).Order(StringComparer.Ordinal));
        Assert.InRange(Peer.MostOpen, 1, 3);
        Assert.Equal(Peer.MostOpen, Peer.Connections);
    }

    [Fact]
    public async Task A_connection_is_used_again_up_to_its_number_of_messages()
    {
        Policy.Limit = 1;
        MessagesPerConnection = 3;
        var dispatcher = Start();

        Offer(dispatcher, 1, 7);
        await SettledAsync(7);

        Assert.Equal([1, 1, 1, 2, 2, 2, 3], Peer.Messages.Select(m => m.Connection));
        Assert.Equal(1, Peer.MostOpen);
    }

    [Fact]
    public async Task A_peer_that_takes_so_many_messages_in_a_session_gets_no_more_and_is_left_with_quit()
    {
        Policy.Limit = 1;
        Peer.Ehlo = "250-mx.example.net\r\n250 LIMITS MAILMAX=2";
        var dispatcher = Start();

        Offer(dispatcher, 1, 5);
        await SettledAsync(5);

        Assert.Equal([1, 1, 2, 2, 3], Peer.Messages.Select(m => m.Connection));
        await AwaitAsync(() => Peer.Quits == 2);
    }

    [Fact]
    public async Task A_lease_that_shrinks_closes_what_it_no_longer_covers()
    {
        Policy.Limit = 4;
        Peer.HoldDots();
        var dispatcher = Start();
        Offer(dispatcher, 1, 4);
        await AwaitAsync(() => Peer.Messages.Count == 4);
        dispatcher.Tell(new LeaseGranted(Offers.Key, 1_000, 1, long.MaxValue, TimeSpan.FromHours(9), null, AskedNow));

        Peer.AnswerDots();
        await SettledAsync(4);
        Offer(dispatcher, 5, 20);
        await SettledAsync(16);

        Assert.Single(Peer.Messages.Skip(4).Select(m => m.Connection).Distinct());
    }

    [Fact]
    public async Task A_dead_destination_costs_one_attempt_and_parks_the_rest_until_one_probe_gets_through()
    {
        Policy.Limit = 1;
        Peer.IsDown = true;
        var dispatcher = Start();
        var spool = CreateTestProbe();

        Offer(dispatcher, 1, 5);
        var answers = new List<object>();
        for (var i = 0; i < 5; i++)
        {
            answers.Add(await Worker.ExpectMsgAsync<object>(cancellationToken: Stop));
        }

        var failed = Assert.Single(answers.OfType<OfferSettled>());
        Assert.Equal((OutcomeKind.Deferred, FailureScope.Session), (failed.Outcomes[0].Kind, failed.Outcomes[0].Scope));
        Assert.All(answers.OfType<OfferParked>(), parked => Assert.Contains("connection refused", parked.Reason.Text, StringComparison.Ordinal));
        Assert.Equal(1, Peer.Attempts);
        await AwaitAsync(() => Policy.Seen.OfType<ReportConnectFailure>().Any());
        Offer(dispatcher, 6, 6);
        await Worker.ExpectMsgAsync<OfferParked>(cancellationToken: Stop);
        dispatcher.Tell(new MailParked(Offers.Target, spool.Ref));

        Peer.IsDown = false;
        Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, (await spool.ExpectMsgAsync<MailDemand>(cancellationToken: Stop)).Count);
        spool.Reply(new MailSupplied(1, true));
        Offer(dispatcher, 7, 7);
        Assert.Equal(OutcomeKind.Delivered, (await SettledAsync(1))[0].Outcomes[0].Kind);
        await AwaitAsync(() => Policy.Seen.OfType<ReportConnectSuccess>().Any());
        Assert.Equal(2, Peer.Attempts);
    }

    [Fact]
    public async Task APeer_that_refuses_a_further_connection_costs_no_attempt_and_gets_fewer()
    {
        Peer.ConnectionLimit = 2;
        Peer.HoldDots();
        var dispatcher = Start();
        Offer(dispatcher, 1, 2);
        await AwaitAsync(() => Peer.Messages.Count == 2);

        Offer(dispatcher, 3, 30);
        await AwaitAsync(() => Peer.Attempts > 2);
        Peer.AnswerDots();
        var settled = await SettledAsync(30);

        Assert.All(settled, s => Assert.Equal(OutcomeKind.Delivered, s.Outcomes[0].Kind));
        Assert.Equal(Recipients(1, 30), Peer.Messages.Select(m => m.Recipient).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(Policy.Seen, message => message is ReportConnectFailure);
    }

    [Fact]
    public async Task An_outcome_that_is_not_durable_yet_is_told_again_and_the_message_not_sent_again()
    {
        var dispatcher = Start();
        Offer(dispatcher, 1, 1);
        var settled = (await SettledAsync(1))[0];
        var successor = CreateTestProbe();

        dispatcher.Tell(Offers.Offer(1, null, Recipients(1, 1)[0]), successor.Ref);
        Assert.Same(settled, await successor.ExpectMsgAsync<OfferSettled>(cancellationToken: Stop));
        dispatcher.Tell(Offers.Offer(1, null, "other@example.net"), successor.Ref);
        await successor.ExpectMsgAsync<OfferParked>(cancellationToken: Stop);

        Assert.Single(Peer.Messages);
        dispatcher.Tell(new OutcomeRecorded(Mail.Id(1)));
        dispatcher.Tell(Offers.Offer(1, null, Recipients(1, 1)[0]), successor.Ref);
        await successor.ExpectMsgAsync<OfferSettled>(cancellationToken: Stop);
        Assert.Equal(2, Peer.Messages.Count);
    }

    [Fact]
    public async Task A_drain_lets_what_is_under_way_finish_and_waits_until_its_outcome_is_durable()
    {
        Policy.Limit = 1;
        Peer.HoldDots();
        var dispatcher = Start();
        Offer(dispatcher, 1, 3);
        await AwaitAsync(() => Peer.Messages.Count == 1);
        var drainer = CreateTestProbe();

        dispatcher.Tell(DrainEgress.Instance, drainer.Ref);
        await Worker.ExpectMsgAsync<OfferParked>(cancellationToken: Stop);
        await Worker.ExpectMsgAsync<OfferParked>(cancellationToken: Stop);
        Offer(dispatcher, 4, 4);
        await Worker.ExpectMsgAsync<OfferParked>(cancellationToken: Stop);
        Peer.AnswerDots();
        await SettledAsync(1);
        Assert.False(drainer.HasMessages);
        dispatcher.Tell(new OutcomeRecorded(Mail.Id(1)));

        await drainer.ExpectMsgAsync<EgressDrained>(cancellationToken: Stop);
        Assert.Single(Peer.Messages);
    }

    [Fact]
    public async Task A_restart_gives_every_message_back_and_remembers_who_has_mail_parked()
    {
        Policy.Limit = 1;
        Peer.HoldDots();
        var services = Services();
        var egress = Sys.ActorOf(Props.Create(() => new EgressActor(services)));
        var spool = CreateTestProbe();
        egress.Tell(new MailParked(Offers.Target, spool.Ref));
        await spool.ExpectMsgAsync<MailDemand>(cancellationToken: Stop);
        var dispatcher = spool.LastSender;
        Offer(egress, 1, 3);
        await AwaitAsync(() => Peer.Messages.Count == 1);

        dispatcher.Tell(Kill.Instance);

        var given = await SettledAsync(3);
        Assert.All(given, s => Assert.Equal(OutcomeKind.Deferred, s.Outcomes[0].Kind));
        Assert.Equal([Mail.Id(1), Mail.Id(2), Mail.Id(3)], given.Select(s => s.Id).Order());
        await spool.ExpectMsgAsync<MailDemand>(cancellationToken: Stop);
    }

    [Fact]
    public async Task Parked_mail_is_pulled_from_the_spools_in_turn()
    {
        var dispatcher = Start();
        TestProbe[] spools = [CreateTestProbe(), CreateTestProbe()];
        foreach (var spool in spools)
        {
            dispatcher.Tell(new MailParked(Offers.Target, spool.Ref));
        }

        for (var round = 0; round < 2; round++)
        {
            foreach (var spool in spools)
            {
                var demand = await spool.ExpectMsgAsync<MailDemand>(cancellationToken: Stop);
                Assert.Equal(Offers.Key, demand.Destination);
                Assert.InRange(demand.Count, 1, 400);
                Assert.DoesNotContain(spools, other => other.HasMessages);
                spool.Reply(new MailSupplied(0, round == 0));
            }
        }
    }
}
