using Akka.Actor;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Spool;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

/// <summary>A spool that moves to another node, and what its clients hear of writes that nobody can answer for.</summary>
public sealed class SpoolHandOverSpecs : SpoolScenario
{
    [Fact]
    public async Task A_spool_that_moves_calls_back_what_is_ready_and_waits_for_what_is_under_way()
    {
        var spool = StartSpool();
        var offer = await OfferAsync(spool, 1);
        var worker = Egress.LastSender;
        Watch(spool);

        spool.Tell(StopSpool.Instance, TestActor);

        Assert.Equal(spool, (await Egress.ExpectMsgAsync<RecallMail>(cancellationToken: Stop)).Spool);
        Assert.Empty(Services.LocalSpools.Open);
        Gate.Close();
        Settle(Egress, offer, worker, Delivered);
        var write = await Gate.HeldAsync(Stop);
        await SettleAsync(spool);
        Gate.Open();
        write.LetThrough();
        await Egress.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop);
        await ExpectTerminatedAsync(spool, cancellationToken: Stop);

        await SettleOpenAsync(StartSpool());
        Assert.Equal(0, Services.LocalSpools.QueuedMessages);
    }

    [Fact]
    public async Task Only_a_spool_that_moves_is_to_run_elsewhere()
    {
        var moves = CreateTestProbe();
        Services = Services with { Moves = moves.Ref };
        var spool = StartSpool();
        await SettleOpenAsync(spool);
        await EndAsync(spool);
        spool = StartSpool("next");
        await SettleOpenAsync(spool);

        spool.Tell(StopSpool.Instance, TestActor);

        Assert.Equal(new SpoolMoved(0), await moves.ExpectMsgAsync<SpoolMoved>(cancellationToken: Stop));
        await moves.ExpectNoMsgAsync(TimeSpan.Zero, Stop);
    }

    [Fact]
    public async Task A_spool_that_is_asked_to_says_that_it_runs()
    {
        StartSpool().Tell(new EnsureSpoolStarted(0, Confirm: true), TestActor);

        Assert.Equal(new SpoolStarted(0), await ExpectMsgAsync<SpoolStarted>(cancellationToken: Stop));
    }

    [Fact]
    public async Task What_comes_back_stays_queued_for_the_next_owner()
    {
        var spool = StartSpool();
        var offer = await OfferAsync(spool, 1);
        var worker = Egress.LastSender;
        Watch(spool);
        spool.Tell(StopSpool.Instance, TestActor);
        await Egress.ExpectMsgAsync<RecallMail>(cancellationToken: Stop);

        worker.Tell(new OfferParked(offer.Id, offer.Target, Mail.Busy), Egress.Ref);

        await ExpectTerminatedAsync(spool, cancellationToken: Stop);
        StartSpool();
        await Egress.FishForMessageAsync<DeliveryOffer>(again => again.Id == Mail.Id(1), cancellationToken: Stop);
    }

    [Fact]
    public async Task A_message_that_was_written_though_nobody_knew_is_found_by_the_next_incarnation()
    {
        var spool = StartSpool();
        await SettleOpenAsync(spool);
        Gate.Close();
        spool.Tell(new EnqueueMessage(Mail.Submitted(1)), TestActor);
        (await Gate.HeldAsync(Stop)).FailAfterwards();
        Gate.Open();
        Assert.Equal(Mail.Id(1), (await ExpectMsgAsync<EnqueueInDoubt>(cancellationToken: Stop)).Id);

        StartSpool().Tell(new WithdrawMessage(Mail.Id(1)), TestActor);

        Assert.Equal(Mail.Id(1), (await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop)).Id);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_recovered_message_that_is_finished_before_its_client_asks_was_taken(bool restartsOnceMore)
    {
        var spool = StartSpool();
        await OfferAsync(spool, 1);
        await EndAsync(spool);
        spool = StartSpool();
        var offer = await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop);
        Settle(Egress, offer, Egress.LastSender, Delivered);
        await Egress.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop);
        if (restartsOnceMore)
        {
            await EndAsync(spool);
            spool = StartSpool();
        }

        spool.Tell(new WithdrawMessage(Mail.Id(1)), TestActor);
        Assert.Equal(Mail.Id(1), (await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop)).Id);
        spool.Tell(new EnqueueMessage(Mail.Submitted(1)), TestActor);
        Assert.Equal(Mail.Id(1), (await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop)).Id);
        Assert.Equal(0, Services.LocalSpools.QueuedMessages);
    }

    [Fact]
    public async Task An_idle_owner_notices_that_another_node_wrote_to_its_journal()
    {
        Services = Services with { LookInterval = TimeSpan.FromMilliseconds(50) };
        var owner = StartSpool();
        await SettleOpenAsync(owner);
        Watch(owner);
        Services = Services with { LookInterval = null, LocalSpools = new LocalSpools(1), NodeName = "put-out" };
        var putOut = StartSpool();
        putOut.Tell(new EnqueueMessage(Mail.Submitted(1)), TestActor);

        await FishForMessageAsync<Terminated>(ended => ended.ActorRef.Equals(owner), cancellationToken: Stop);

        Services = Services with { LocalSpools = new LocalSpools(1), NodeName = "node-a" };
        await SettleOpenAsync(StartSpool());
        Assert.Equal(1, Services.LocalSpools.QueuedMessages);
    }

    [Fact]
    public async Task A_failure_that_is_certain_refuses_at_once()
    {
        Services = Services with { IsNotWritten = _ => true };
        var spool = StartSpool();
        await SettleOpenAsync(spool);
        Gate.Close();
        spool.Tell(new EnqueueMessage(Mail.Submitted(1)), TestActor);
        var write = await Gate.HeldAsync(Stop);

        write.Fail();

        Assert.Equal(Mail.Id(1), (await ExpectMsgAsync<EnqueueRefused>(cancellationToken: Stop)).Id);
    }

    [Fact]
    public async Task A_message_that_comes_long_after_its_receipt_is_refused_for_its_body_may_be_gone()
    {
        var spool = StartSpool();
        await SettleOpenAsync(spool);
        var late = Mail.Submitted(1) with { ReceivedAt = Time.GetUtcNow() - TimeSpan.FromMinutes(6) };

        spool.Tell(new EnqueueMessage(late), TestActor);

        Assert.Equal(Mail.Id(1), (await ExpectMsgAsync<EnqueueRefused>(cancellationToken: Stop)).Id);
    }

    [Fact]
    public async Task A_journal_with_a_gap_is_not_taken_for_the_whole()
    {
        var spool = StartSpool();
        for (var n = 1; n <= 3; n++)
        {
            await OfferAsync(spool, n);
        }

        await EndAsync(spool);
        DeleteRow(PersistenceId, 3);

        await EventFilter.Error(contains: "could not be recovered").ExpectOneAsync(TimeSpan.FromSeconds(30), async () =>
        {
            var gap = StartSpool();
            Watch(gap);
            await ExpectTerminatedAsync(gap, cancellationToken: Stop);
        }, Stop);
        Assert.Empty(Services.LocalSpools.Open);
    }

    private async Task<DeliveryOffer> OfferAsync(IActorRef spool, int n)
    {
        spool.Tell(new EnqueueMessage(Mail.Submitted(n)), ActorRefs.NoSender);
        return await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop);
    }
}
