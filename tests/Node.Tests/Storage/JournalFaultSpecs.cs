using System.Net.Sockets;
using Akka.Pattern;
using MtaCluster.Node.Storage.PostgreSql;
using Npgsql;
using Xunit;

namespace MtaCluster.Node.Tests.Storage;

public sealed class JournalFaultSpecs
{
    [Theory]
    [InlineData("23505", true)]
    [InlineData("53100", true)]
    [InlineData("57P03", true)]
    [InlineData("40001", true)]
    [InlineData("57P01", false)]
    [InlineData("57P02", false)]
    [InlineData("57014", false)]
    [InlineData("08006", false)]
    [InlineData("XX000", false)]
    public void The_server_may_have_said_that_it_rolled_back(string state, bool expected)
    {
        var failure = new PostgresException("it said so", "ERROR", "ERROR", state);

        Assert.Equal(expected, JournalFault.IsNotWritten(failure));
        Assert.Equal(expected, JournalFault.IsNotWritten(new AggregateException(new InvalidOperationException("wrapped", failure))));
    }

    [Fact]
    public void What_never_left_this_node_was_not_written()
    {
        Assert.True(JournalFault.IsNotWritten(new OpenCircuitException("open")));
        Assert.True(JournalFault.IsNotWritten(new NpgsqlException("no", new SocketException((int)SocketError.ConnectionRefused))));
    }

    [Fact]
    public void A_connection_that_broke_or_timed_out_leaves_it_open()
    {
        Assert.False(JournalFault.IsNotWritten(new NpgsqlException("no", new SocketException((int)SocketError.ConnectionReset))));
        Assert.False(JournalFault.IsNotWritten(new NpgsqlException("no", new TimeoutException())));
        Assert.False(JournalFault.IsNotWritten(new TaskCanceledException()));
        Assert.False(JournalFault.IsNotWritten(new AggregateException(new OpenCircuitException("open"), new TimeoutException())));
    }
}
