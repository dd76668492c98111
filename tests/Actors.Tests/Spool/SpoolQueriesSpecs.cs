using Akka.Actor;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Spool;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

/// <summary>Three messages: 1 waits for its second attempt, 2 is parked, 3 is in hand.</summary>
public sealed class SpoolQueriesSpecs : SpoolScenario
{
    [Fact]
    public async Task Messages_are_listed_by_where_they_are()
    {
        var spool = await StartWithMailAsync();

        Assert.Equal([(1, QueueStatus.Waiting), (2, QueueStatus.Parked), (3, QueueStatus.Active)], await ListAsync(spool, new QueueFilter()));
        Assert.Equal([(2, QueueStatus.Parked)], await ListAsync(spool, new QueueFilter(Status: QueueStatus.Parked)));
    }

    [Theory]
    [InlineData("EXAMPLE.net", null, null, 3)]
    [InlineData("example.com", null, null, 0)]
    [InlineData(null, "S@example.org", null, 3)]
    [InlineData(null, "", null, 0)]
    [InlineData(null, null, "r@Example.NET", 3)]
    [InlineData(null, null, "x@example.net", 0)]
    [InlineData("example.net", "s@example.org", "r@example.net", 3)]
    [InlineData("example.net", "t@example.org", "r@example.net", 0)]
    public async Task A_filter_selects_by_envelope_in_any_case(string? domain, string? sender, string? recipient, int expected)
    {
        var spool = await StartWithMailAsync();

        var listed = await AskAsync<MessagesListed>(spool, new ListMessages(0, new QueueFilter(domain, sender, recipient)));

        Assert.Equal((expected, expected), (listed.Matching, listed.Messages.Length));
    }

    [Fact]
    public async Task A_filter_selects_by_age_and_a_list_has_a_limit()
    {
        var spool = await StartWithMailAsync();

        Assert.Empty(await ListAsync(spool, new QueueFilter(ReceivedBefore: Mail.Submitted(1).ReceivedAt)));
        var listed = await AskAsync<MessagesListed>(
            spool, new ListMessages(0, new QueueFilter(ReceivedBefore: Mail.Submitted(1).ReceivedAt.AddDays(1), Limit: 1)));
        Assert.Equal((3, Mail.Id(1)), (listed.Matching, Assert.Single(listed.Messages).Id));
    }

    [Fact]
    public async Task A_message_is_shown_with_what_its_recipients_have_been_through()
    {
        var spool = await StartWithMailAsync();

        var shown = await AskAsync<MessageShown>(spool, new GetMessage(Mail.Id(1)));

        Assert.Equal(("node-a", "s@example.org"), (shown.Node, shown.Message!.ReversePath));
        var recipient = Assert.Single(shown.Message.Recipients);
        Assert.Equal(("r@example.net", false, 1, Mail.Busy), (recipient.Address, recipient.IsDone, recipient.Attempts, recipient.LastReply));
        Assert.Equal(Time.GetUtcNow() + Mail.Schedule.Initial, recipient.NotBefore);
        Assert.Null((await AskAsync<MessageShown>(spool, new GetMessage(Mail.Id(9)))).Message);
    }

    [Fact]
    public async Task The_queue_is_summarized_by_domain()
    {
        var spool = await StartWithMailAsync();

        var summary = await AskAsync<QueueSummarized>(spool, new SummarizeQueue(0, new QueueFilter()));

        var domain = Assert.Single(summary.Domains);
        Assert.Equal((3, "example.net", 3, Mail.Busy), (summary.Messages, domain.Domain, domain.Recipients, domain.LastReply));
        Assert.Null(domain.NextAttempt);
        Assert.Equal(3 * Mail.Submitted(1).Body.Length, domain.Octets);
    }

    [Fact]
    public async Task A_flush_tries_now_what_waits_for_a_time()
    {
        var spool = await StartWithMailAsync();

        Assert.Equal(0, (await AskAsync<MessagesFlushed>(spool, new FlushMessages(0, new QueueFilter("example.com")))).Messages);
        Assert.Equal(1, (await AskAsync<MessagesFlushed>(spool, new FlushMessages(0, new QueueFilter("example.net")))).Messages);

        Assert.Equal(Mail.Id(1), (await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop)).Id);
    }

    [Fact]
    public async Task The_ledger_balances_and_survives_a_restart()
    {
        var spool = await StartWithMailAsync();
        var offer = await OfferAsync(spool, 4);
        Settle(Egress, offer, Egress.LastSender, Delivered);
        await Egress.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop);
        await EndAsync(spool);

        var ledger = await AskAsync<SpoolLedger>(StartSpool(), new GetLedger(0));

        Assert.Equal((4, 4, 1, 0, 0, 3, 3), (ledger.AcceptedMessages, ledger.Accepted, ledger.Delivered, ledger.Bounced, ledger.Discarded, ledger.QueuedMessages, ledger.Queued));
        Assert.Equal(0, ledger.Difference);
        Assert.Empty(ledger.Suspects);
    }

    [Fact]
    public async Task The_store_is_told_which_bodies_are_held()
    {
        var spool = await StartWithMailAsync();
        var body = Mail.Submitted(1).Body;

        var none = await AskAsync<BodiesHeld>(spool, new GetBodiesHeld(0, 0));
        var held = await AskAsync<BodiesHeld>(spool, new GetBodiesHeld(0, body.Container));

        Assert.Empty(none.Positions);
        Assert.Equal(3, none.Containers.Values.Sum());
        Assert.Contains(body.Position, held.Positions);
        Assert.Equal(held.Containers[body.Container], held.Positions.Length);
    }

    [Fact]
    public async Task A_spool_that_is_being_recovered_answers_once_it_is_open()
    {
        Gate.Close();
        var spool = StartSpool();
        var opening = await Gate.HeldAsync(Stop);
        spool.Tell(new GetLedger(0), TestActor);
        await SettleAsync(spool);
        Assert.False(HasMessages);

        opening.LetThrough();

        await ExpectMsgAsync<SpoolLedger>(cancellationToken: Stop);
    }

    private async Task<IActorRef> StartWithMailAsync()
    {
        var spool = StartSpool();
        var first = await OfferAsync(spool, 1);
        Settle(Egress, first, Egress.LastSender, Deferred);
        await Egress.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop);
        var second = await OfferAsync(spool, 2);
        var worker = Egress.LastSender;
        Watch(worker);
        worker.Tell(new OfferParked(second.Id, second.Target, Mail.Busy), Egress.Ref);
        await Egress.ExpectMsgAsync<MailParked>(cancellationToken: Stop);
        await ExpectTerminatedAsync(worker, cancellationToken: Stop);
        await OfferAsync(spool, 3);
        return spool;
    }

    private async Task<DeliveryOffer> OfferAsync(IActorRef spool, int n)
    {
        spool.Tell(new EnqueueMessage(Mail.Submitted(n)), ActorRefs.NoSender);
        return await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop);
    }

    private static async Task<List<(int, QueueStatus)>> ListAsync(IActorRef spool, QueueFilter filter)
    {
        var listed = await AskAsync<MessagesListed>(spool, new ListMessages(0, filter));
        return [.. listed.Messages.Select(message => (Enumerable.Range(1, 9).Single(n => Mail.Id(n) == message.Id), message.Status))];
    }

    private static Task<TAnswer> AskAsync<TAnswer>(IActorRef spool, object query) => spool.Ask<TAnswer>(query, TimeSpan.FromSeconds(30), Stop);
}
