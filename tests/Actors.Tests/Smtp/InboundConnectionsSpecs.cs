using System.Net;
using MtaCluster.Actors.Smtp;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Tests.Spool;
using Xunit;

namespace MtaCluster.Actors.Tests.Smtp;

public sealed class InboundConnectionsSpecs : ActorSpecs
{
    private readonly InboundConnections _connections;
    private readonly Akka.TestKit.TestProbe _spool;

    public InboundConnectionsSpecs()
        : base(serializesMessages: true)
    {
        _spool = CreateTestProbe();
        _connections = new InboundConnections(Sys, new InboundServices(new LocalSpools(1), _spool.Ref, 1, TimeSpan.FromSeconds(30), Time));
    }

    [Fact]
    public async Task A_session_tells_who_it_is_and_how_far_its_message_is()
    {
        using var connection = Open("c1");
        Assert.Equal(new InboundConnectionDescription("c1", "mx", "192.0.2.1:1025", Time.GetUtcNow(), "commands", null, 0), Assert.Single(_connections.Describe()));

        var id = connection.NewQueueId();
        Assert.Equal(("receiving", id, 1), Progress());

        var answer = connection.AcceptAsync(Mail.Submitted(1) with { Id = id });
        Assert.Equal(("storing", id, 1), Progress());

        await _spool.ExpectMsgAsync<EnqueueMessage>(cancellationToken: Stop);
        _spool.Reply(new MessageEnqueued(id));
        await answer;
        Assert.Equal(("commands", null, 1), Progress());
    }

    [Fact]
    public void Sessions_come_oldest_first_and_are_gone_once_they_end()
    {
        var first = Open("c1");
        Time.Advance(TimeSpan.FromSeconds(1));
        using var second = Open("c2");

        Assert.Equal(["c1", "c2"], _connections.Describe().Select(connection => connection.ConnectionId));

        first.Dispose();
        first.Dispose();

        Assert.Equal("c2", Assert.Single(_connections.Describe()).ConnectionId);
        Assert.Equal(1, _connections.Count);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _connections.Dispose();
    }

    private IInboundConnection Open(string id)
        => _connections.Open(new InboundConnectionInfo(id, "mx", IPEndPoint.Parse("192.0.2.1:1025"), IPEndPoint.Parse("192.0.2.2:25")));

    private (string State, QueueId? Message, int Messages) Progress()
    {
        var told = Assert.Single(_connections.Describe());
        return (told.State, told.Message, told.Messages);
    }
}
