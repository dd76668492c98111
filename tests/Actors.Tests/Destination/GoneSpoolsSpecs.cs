using Akka.Actor;
using MtaCluster.Actors.Destination;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

public sealed class GoneSpoolsSpecs
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private readonly GoneSpools _gone = new(s_minute);
    private readonly IActorRef _spool = new NamedRef("spool");

    [Fact]
    public void What_a_spool_left_is_kept_for_a_while()
    {
        _gone.Add(_spool, TimeSpan.Zero);
        _gone.Add(new NamedRef("other"), s_second);

        Assert.Empty(_gone.Over(s_minute - s_second, canRecover: true));
        Assert.Equal([_spool], _gone.Over(s_minute, canRecover: true));
        _gone.Remove(_spool);
        Assert.Empty(_gone.Over(s_minute, canRecover: true));
    }

    [Fact]
    public void While_no_spool_can_be_recovered_the_time_does_not_run()
    {
        _gone.Add(_spool, TimeSpan.Zero);

        Assert.Empty(_gone.Over(5 * s_minute, canRecover: false));
        Assert.Empty(_gone.Over((6 * s_minute) - s_second, canRecover: true));
        Assert.Equal([_spool], _gone.Over(6 * s_minute, canRecover: true));
    }
}
