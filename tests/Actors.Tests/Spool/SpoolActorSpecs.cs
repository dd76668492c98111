using Akka.Actor;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Tests.Destination;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

public sealed class SpoolActorSpecs : SpoolScenario
{
    [Fact]
    public async Task A_message_is_acknowledged_once_its_journal_row_is_there_and_not_before()
    {
        var spool = StartSpool();
        await SettleOpenAsync(spool);
        Gate.Close();

        spool.Tell(new EnqueueMessage(Mail.Submitted(1)), TestActor);
        var write = await Gate.HeldAsync(Stop);
        await SettleAsync(spool);
        Assert.False(HasMessages);
        Assert.Equal(1, Rows(PersistenceId));
        write.LetThrough();

        Assert.Equal(Mail.Id(1), (await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop)).Id);
        Assert.Equal(2, Rows(PersistenceId));
    }

    [Fact]
    public async Task What_gathers_during_a_write_becomes_one_further_event()
    {
        var spool = StartSpool();
        await SettleOpenAsync(spool);
        Gate.Close();
        spool.Tell(new EnqueueMessage(Mail.Submitted(0)), TestActor);
        var first = await Gate.HeldAsync(Stop);

        for (var i = 1; i <= 50; i++)
        {
            spool.Tell(new EnqueueMessage(Mail.Submitted(i)), TestActor);
        }

        await SettleAsync(spool);
        first.LetThrough();
        var second = await Gate.HeldAsync(Stop);

        var gathered = Assert.IsType<SpoolEvent>(Assert.Single(second.Events));
        Assert.Equal(Enumerable.Range(1, 50).Select(i => Mail.Id(i)), gathered.Transitions.Select(t => ((SpoolTransition.Accepted)t).Id));
        second.LetThrough();
        for (var i = 0; i <= 50; i++)
        {
            Assert.Equal(Mail.Id(i), (await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop)).Id);
        }
    }

    [Fact]
    public async Task After_a_failed_write_its_callers_are_in_doubt_those_that_gathered_are_refused_and_the_spool_stops()
    {
        var spool = StartSpool();
        await SettleOpenAsync(spool);
        Gate.Close();
        spool.Tell(new EnqueueMessage(Mail.Submitted(1)), TestActor);
        var write = await Gate.HeldAsync(Stop);
        spool.Tell(new EnqueueMessage(Mail.Submitted(2)), TestActor);
        await SettleAsync(spool);
        var watcher = CreateTestProbe();
        watcher.Watch(spool);

        write.Fail();

        Assert.Equal(Mail.Id(1), (await ExpectMsgAsync<EnqueueInDoubt>(cancellationToken: Stop)).Id);
        var refused = await ExpectMsgAsync<EnqueueRefused>(cancellationToken: Stop);
        Assert.Equal((Mail.Id(2), 451, new EnhancedStatusCode(4, 3, 0)), (refused.Id, refused.Reply.Code, refused.Reply.Enhanced));

        await watcher.ExpectTerminatedAsync(spool, cancellationToken: Stop);
        Assert.Empty(Services.LocalSpools.Open);
        Gate.Open();
        await SettleOpenAsync(StartSpool());
        Assert.Equal(0, Services.LocalSpools.QueuedMessages);
    }

    [Fact]
    public async Task A_message_enqueued_twice_is_answered_twice_and_queued_once()
    {
        var spool = StartSpool();
        await SettleOpenAsync(spool);
        Gate.Close();
        spool.Tell(new EnqueueMessage(Mail.Submitted(1)), TestActor);
        var first = await Gate.HeldAsync(Stop);
        spool.Tell(new EnqueueMessage(Mail.Submitted(1)), TestActor);
        await SettleAsync(spool);
        Gate.Open();
        first.LetThrough();
        await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop);
        await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop);

        spool.Tell(new EnqueueMessage(Mail.Submitted(1)), TestActor);
        await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop);

        Assert.Equal(1, Services.LocalSpools.QueuedMessages);
        Assert.Equal(1, Services.Counters.AcceptedMessages);
        var offer = await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop);
        Settle(Egress, offer, Egress.LastSender, Delivered);
        await Egress.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop);
        await SettleAsync(spool);
        Assert.False(Egress.HasMessages);
        Assert.Equal(0, Services.LocalSpools.QueuedMessages);
    }

    [Fact]
    public async Task A_restart_recovers_every_message_with_its_attempts_and_due_time()
    {
        var spool = StartSpool();
        spool.Tell(new EnqueueMessage(Mail.Submitted(1)), TestActor);
        var offer = await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop);
        Settle(Egress, offer, Egress.LastSender, Deferred);
        await Egress.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop);
        await EndAsync(spool);

        spool = StartSpool();
        await SettleOpenAsync(spool);
        Assert.Equal([Mail.Submitted(1).Body], Store.Retained);
        Assert.Equal(1, Services.LocalSpools.QueuedMessages);
        Time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        spool.Tell(new EnqueueMessage(Mail.Submitted(2)), TestActor);
        Assert.Equal(Mail.Id(2), (await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop)).Id);

        Time.Advance(TimeSpan.FromSeconds(2));
        offer = await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop);
        Assert.Equal((Mail.Id(1), "s@example.org"), (offer.Id, offer.ReversePath));
        Assert.Equal(["r@example.net"], offer.Recipients);
        Settle(Egress, offer, Egress.LastSender, Deferred);
        await Egress.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop);
        Assert.Equal([1, 2], MailLog.Attempts.Select(attempt => attempt.Attempt));
        Assert.Equal(Time.GetUtcNow().AddMinutes(10), MailLog.Attempts.Last().NextAttempt);
    }

    [Fact]
    public async Task The_bounced_original_and_its_DSN_are_one_event_and_the_body_is_released_after_it()
    {
        var spool = StartSpool();
        spool.Tell(new EnqueueMessage(Mail.Submitted(1)), TestActor);
        var offer = await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop);
        await SettleAsync(spool);
        Gate.Close();

        Settle(Egress, offer, Egress.LastSender, Bounced);
        var write = await Gate.HeldAsync(Stop);

        var e = Assert.IsType<SpoolEvent>(Assert.Single(write.Events));
        var report = Assert.IsType<SpoolTransition.Accepted>(e.Transitions[0]);
        Assert.Equal(("", "s@example.org"), (report.ReversePath, Assert.Single(report.Recipients)));
        Assert.Equal(Mail.Id(1), Assert.IsType<SpoolTransition.Attempted>(e.Transitions[1]).Id);
        await SettleAsync(spool);
        Assert.Empty(Store.Released);
        Assert.False(Egress.HasMessages);
        Gate.Open();
        write.LetThrough();

        await Egress.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop);
        await SettleAsync(spool);
        Assert.Equal([Mail.Submitted(1).Body], Store.Released.Take(1));
    }

    [Fact]
    public async Task A_message_withdrawn_while_it_gathers_is_not_written()
    {
        var spool = StartSpool();
        await SettleOpenAsync(spool);
        var first = await GatherTwoBehindOneAsync(spool);

        spool.Tell(new WithdrawMessage(Mail.Id(2)), TestActor);

        var refused = await ExpectMsgAsync<EnqueueRefused>(cancellationToken: Stop);
        Assert.Equal((Mail.Id(2), 451), (refused.Id, refused.Reply.Code));
        first.LetThrough();
        var second = Assert.IsType<SpoolEvent>(Assert.Single((await Gate.HeldAsync(Stop)).Events));
        Assert.Equal(Mail.Id(3), Assert.IsType<SpoolTransition.Accepted>(Assert.Single(second.Transitions)).Id);
    }

    [Fact]
    public async Task A_message_withdrawn_while_it_is_written_is_answered_by_what_comes_of_the_write()
    {
        var spool = StartSpool();
        await SettleOpenAsync(spool);
        Gate.Close();
        spool.Tell(new EnqueueMessage(Mail.Submitted(1)), TestActor);
        var write = await Gate.HeldAsync(Stop);

        spool.Tell(new WithdrawMessage(Mail.Id(1)), TestActor);
        await SettleAsync(spool);
        Assert.False(HasMessages);
        write.LetThrough();

        Assert.Equal(Mail.Id(1), (await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop)).Id);
        await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop);
    }

    [Fact]
    public async Task A_durable_message_cannot_be_withdrawn_and_one_withdrawn_before_it_comes_is_refused()
    {
        var spool = StartSpool();
        spool.Tell(new EnqueueMessage(Mail.Submitted(1)), TestActor);
        await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop);

        spool.Tell(new WithdrawMessage(Mail.Id(1)), TestActor);
        Assert.Equal(Mail.Id(1), (await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop)).Id);

        spool.Tell(new WithdrawMessage(Mail.Id(2)), TestActor);
        Assert.Equal(Mail.Id(2), (await ExpectMsgAsync<EnqueueRefused>(cancellationToken: Stop)).Id);
        spool.Tell(new EnqueueMessage(Mail.Submitted(2)), TestActor);
        Assert.Equal(Mail.Id(2), (await ExpectMsgAsync<EnqueueRefused>(cancellationToken: Stop)).Id);
        Assert.Equal(1, Services.LocalSpools.QueuedMessages);
    }

    [Fact]
    public async Task Nothing_is_said_of_a_withdrawal_before_the_spool_is_open()
    {
        Gate.Close();
        var spool = StartSpool();
        var opening = await Gate.HeldAsync(Stop);

        spool.Tell(new WithdrawMessage(Mail.Id(1)), TestActor);
        await SettleAsync(spool);
        Assert.False(HasMessages);
        opening.LetThrough();

        await ExpectMsgAsync<EnqueueRefused>(cancellationToken: Stop);
    }

    [Fact]
    public async Task A_spool_that_is_to_stop_writes_what_has_gathered_begins_nothing_and_takes_nothing_more()
    {
        var spool = StartSpool();
        await SettleOpenAsync(spool);
        Gate.Close();
        spool.Tell(new EnqueueMessage(Mail.Submitted(1)), TestActor);
        var first = await Gate.HeldAsync(Stop);
        spool.Tell(new EnqueueMessage(Mail.Submitted(2)), TestActor);

        spool.Tell(StopSpool.Instance, TestActor);
        spool.Tell(new EnqueueMessage(Mail.Submitted(3)), TestActor);
        var refused = await ExpectMsgAsync<EnqueueRefused>(cancellationToken: Stop);
        Assert.Equal((Mail.Id(3), new EnhancedStatusCode(4, 3, 2)), (refused.Id, refused.Reply.Enhanced));
        Watch(spool);
        Gate.Open();
        first.LetThrough();

        Assert.Equal(Mail.Id(1), (await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop)).Id);
        Assert.Equal(Mail.Id(2), (await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop)).Id);
        await ExpectTerminatedAsync(spool, cancellationToken: Stop);
        await Egress.ExpectMsgAsync<RecallMail>(cancellationToken: Stop);
        Assert.False(Egress.HasMessages);
        await SettleOpenAsync(StartSpool());
        Assert.Equal(2, Services.LocalSpools.QueuedMessages);
    }

    [Fact]
    public async Task Of_two_owners_the_second_to_write_stops_and_tells_its_clients()
    {
        var old = StartSpool();
        await SettleOpenAsync(old);
        Services = Services with { LocalSpools = new LocalSpools(1), NodeName = "node-b" };
        await SettleOpenAsync(StartSpool());
        Watch(old);

        old.Tell(new EnqueueMessage(Mail.Submitted(1)), TestActor);

        Assert.Equal(Mail.Id(1), (await ExpectMsgAsync<EnqueueInDoubt>(cancellationToken: Stop)).Id);
        await ExpectTerminatedAsync(old, cancellationToken: Stop);
        Assert.Equal(2, Rows(PersistenceId));
    }

    [Fact]
    public async Task A_new_incarnation_that_was_overtaken_stops_before_it_accepts_or_delivers()
    {
        var old = StartSpool();
        old.Tell(new EnqueueMessage(Mail.Submitted(1)), TestActor);
        await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop);
        await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop);
        Gate.Close();
        Services = Services with { LocalSpools = new LocalSpools(1) };
        var next = StartSpool();
        var opening = await Gate.HeldAsync(Stop);
        next.Tell(new EnqueueMessage(Mail.Submitted(3)), TestActor);
        Gate.Open();
        old.Tell(new EnqueueMessage(Mail.Submitted(2)), TestActor);
        Assert.Equal(Mail.Id(2), (await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop)).Id);
        Assert.Equal(Mail.Id(2), (await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop)).Id);
        Watch(next);

        opening.LetThrough();

        Assert.Equal(Mail.Id(3), (await ExpectMsgAsync<EnqueueRefused>(cancellationToken: Stop)).Id);
        await ExpectTerminatedAsync(next, cancellationToken: Stop);
        Assert.False(Egress.HasMessages);
        Assert.False(Services.LocalSpools.AllOpened.IsCompleted);
    }

    [Fact]
    public async Task Parked_mail_is_supplied_on_demand_oldest_first()
    {
        var spool = StartSpool();
        foreach (var n in new[] { 1, 2, 3 })
        {
            spool.Tell(new EnqueueMessage(Mail.Submitted(n)), TestActor);
            var offer = await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop);
            var worker = Egress.LastSender;
            Watch(worker);
            worker.Tell(new OfferParked(offer.Id, offer.Target, Mail.Busy), Egress.Ref);
            await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop);
            await ExpectTerminatedAsync(worker, cancellationToken: Stop);
            if (n == 1)
            {
                var parked = await Egress.ExpectMsgAsync<MailParked>(cancellationToken: Stop);
                Assert.Equal((spool, offer.Target.Key), (parked.Spool, parked.Target.Key));
            }
        }

        var key = Offers.Target.Key;
        Assert.Equal(new MailSupplied(2, true), await SupplyAsync(spool, 2));
        var first = await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop);
        var second = await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop);
        Assert.Equal([Mail.Id(1), Mail.Id(2)], new[] { first.Id, second.Id }.Order());
        Assert.Equal(new MailSupplied(1, false), await SupplyAsync(spool, 5));
        Assert.Equal(Mail.Id(3), (await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop)).Id);

        async Task<MailSupplied> SupplyAsync(IActorRef from, int count)
        {
            var dispatcher = CreateTestProbe();
            from.Tell(new MailDemand(key, count), dispatcher.Ref);
            return await dispatcher.ExpectMsgAsync<MailSupplied>(cancellationToken: Stop);
        }
    }

    [Fact]
    public async Task Work_that_a_fault_of_ours_ended_is_begun_again_later_without_an_attempt_counted()
    {
        Dns.Mx["broken.example"] = Task.FromException<MxResult>(new InvalidOperationException("a bug"));
        var spool = StartSpool();
        await EventFilter.Error(contains: "was aborted").ExpectOneAsync(
            TimeSpan.FromSeconds(30),
            () =>
            {
                spool.Tell(new EnqueueMessage(Mail.Submitted(1, "a@broken.example")), TestActor);
                return Task.CompletedTask;
            },
            Stop);
        Dns.Mx["broken.example"] = Task.FromResult<MxResult>(new MxResult.Found([new MxHost("mx.example", 10)], false));
        await SettleAsync(spool);

        Time.Advance(TimeSpan.FromMinutes(6));

        var offer = await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop);
        Settle(Egress, offer, Egress.LastSender, Delivered);
        await Egress.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop);
        Assert.Equal(1, Assert.Single(MailLog.Attempts).Attempt);
    }
}
