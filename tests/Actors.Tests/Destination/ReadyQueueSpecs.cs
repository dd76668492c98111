using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Tests.Spool;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

public sealed class ReadyQueueSpecs
{
    private readonly ReadyQueue _queue = new();

    [Fact]
    public void Mail_goes_in_order_and_what_came_back_goes_first()
    {
        var items = Enumerable.Range(0, 3).Select(Offers.Item).ToArray();
        Array.ForEach(items, _queue.Add);

        Assert.Same(items[0], _queue.Take());
        Assert.Same(items[1], _queue.Take());
        _queue.Return(items[0]);
        Assert.Same(items[0], _queue.Take());
        Assert.Same(items[2], _queue.Take());
        Assert.Null(_queue.Take());
    }

    [Fact]
    public void What_was_taken_is_known_until_it_is_removed()
    {
        var item = Offers.Item(1);
        _queue.Add(item);
        _queue.Take();
        Assert.Same(item, _queue.Find(Mail.Id(1)));
        Assert.Equal((0, 1), (_queue.ReadyCount, _queue.Count));

        _queue.Remove(Mail.Id(1));

        Assert.Null(_queue.Find(Mail.Id(1)));
        Assert.Equal(0, _queue.Count);
        _queue.Remove(Mail.Id(1));
    }

    [Fact]
    public void Taking_all_that_is_ready_leaves_what_is_under_way()
    {
        var items = Enumerable.Range(0, 3).Select(Offers.Item).ToArray();
        Array.ForEach(items, _queue.Add);
        _queue.Take();

        Assert.Equal(items[1..], _queue.TakeAll());

        Assert.Equal([items[0]], _queue.Items);
        Assert.Equal(0, _queue.ReadyCount);
    }

    [Fact]
    public void Urgent_mail_goes_first_and_what_came_back_goes_first_within_its_priority()
    {
        var items = new[] { Item(0, 0), Item(1, 0), Item(2, 3), Item(3, 3) };
        Array.ForEach(items, _queue.Add);
        Assert.Same(items[2], _queue.Take());
        _queue.Return(items[2]);
        Assert.Same(items[2], _queue.Take());
        Assert.Same(items[3], _queue.Take());
        Assert.Same(items[0], _queue.Take());
        Assert.Equal(1, _queue.ReadyCount);
        Assert.Equal([items[1]], _queue.TakeAll());
        Assert.Equal(0, _queue.ReadyCount);

        static DispatchItem Item(int n, int priority)
            => new(Offers.Offer(n) with { Options = new MailOptions { Priority = priority } }, Akka.Actor.ActorRefs.Nobody);
    }

    [Fact]
    public void The_same_message_to_others_is_not_the_same_offer()
    {
        var item = new DispatchItem(Offers.Offer(1, null, "a@example.net", "b@example.net"), Akka.Actor.ActorRefs.Nobody);

        Assert.True(item.IsForSame(Offers.Offer(1, null, "a@example.net", "b@example.net")));
        Assert.False(item.IsForSame(Offers.Offer(1, null, "a@example.net")));
        Assert.False(item.IsForSame(Offers.Offer(1, null, "b@example.net", "a@example.net")));
    }
}
