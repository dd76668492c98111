using MtaCluster.Testing.Ledgers;

namespace MtaCluster.Chaos.Tests.Ledgers;

/// <summary>A repetition is forgiven only where a fault left the outcome of a delivery in doubt.</summary>
public sealed class DuplicatesSpecs
{
    private const string Node = "node0.example.net";
    private static readonly long s_second = TimeProvider.System.TimestampFrequency;
    private readonly RunBuilder _run = new();

    [Fact]
    public void Without_a_fault_nothing_explains_one()
    {
        var mail = _run.Acknowledged();
        _run.Arrive(mail);
        _run.Arrive(mail, after: 1);

        Assert.Equal(mail.Name, Assert.Single(_run.Check()[6].Violations).Subject);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(3, false)]
    public void A_kill_explains_one_only_shortly_after_the_first_arrival(int secondsToTheKill, bool explains)
    {
        var mail = _run.Acknowledged();
        var first = _run.Arrive(mail);
        _run.Arrive(mail, after: 10);
        var kill = first.ReceivedAt + (secondsToTheKill * s_second);
        _run.Fault(FaultKind.Kill, kill, kill, Node);

        Assert.Equal(explains, _run.Check()[6].Holds);
    }

    [Fact]
    public void A_kill_after_the_second_arrival_does_not_explain_it()
    {
        var mail = _run.Acknowledged();
        _run.Arrive(mail);
        var second = _run.Arrive(mail, after: 1);
        _run.Fault(FaultKind.Kill, second.ReceivedAt + 1, second.ReceivedAt + 1, Node);

        Assert.False(_run.Check()[6].Holds);
    }

    [Fact]
    public void The_kill_of_a_node_that_did_not_deliver_it_does_not_explain_one()
    {
        var mail = _run.Acknowledged();
        var first = _run.Arrive(mail);
        _run.Arrive(mail, after: 10);
        _run.Fault(FaultKind.Kill, first.ReceivedAt + 1, first.ReceivedAt + 1, "node1.example.net");

        Assert.False(_run.Check()[6].Holds);
    }

    [Theory]
    [InlineData(FaultKind.Pause, true)]
    [InlineData(FaultKind.Partition, true)]
    [InlineData(FaultKind.Terminate, false)]
    [InlineData(FaultKind.PostgresKill, false)]
    public void A_node_that_was_given_up_may_deliver_what_its_successor_delivers(FaultKind kind, bool explains)
    {
        var mail = _run.Acknowledged();
        var first = _run.Arrive(mail, arrival => arrival with { Client = "node1.example.net" }, after: 8);
        _run.Arrive(mail, after: 9);
        _run.Fault(kind, first.ReceivedAt - (8 * s_second), first.ReceivedAt + (5 * s_second), Node);

        Assert.Equal(explains, _run.Check()[6].Holds);
    }

    [Fact]
    public void A_session_that_the_next_hop_dropped_after_the_dot_explains_one()
    {
        var mail = _run.Acknowledged();
        _run.Arrive(mail, arrival => arrival with { IsAnswered = false });
        _run.Arrive(mail, after: 60);

        Assert.True(_run.Check()[6].Holds);
    }

    [Fact]
    public void More_than_were_in_flight_is_too_many()
    {
        var mail = _run.Acknowledged();
        var first = _run.Arrive(mail);
        _run.Arrive(mail, after: 1.5);
        _run.Arrive(mail, after: 1.6);
        _run.Fault(FaultKind.Kill, first.ReceivedAt + s_second, first.ReceivedAt + s_second, Node);

        Assert.Contains("in flight", Assert.Single(_run.Check()[6].Violations).What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_that_arrives_twice_is_one_too()
    {
        var mail = _run.Acknowledged(Testing.Peers.SinkBehaviour.Reject);
        _run.Bounce(mail);
        _run.Bounce(mail, after: 1);

        Assert.Single(_run.Check()[6].Violations);
        Assert.True(_run.Check()[5].Holds);
    }
}
