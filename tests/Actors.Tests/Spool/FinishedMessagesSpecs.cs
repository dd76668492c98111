using MtaCluster.Actors.Spool;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

public sealed class FinishedMessagesSpecs
{
    private readonly FinishedMessages _finished = new();

    [Fact]
    public void It_knows_what_was_added_until_that_is_forgotten()
    {
        _finished.Add(Mail.Id(1), 1000);
        _finished.Add(Mail.Id(2), 2000);

        _finished.Forget(1500);

        Assert.False(_finished.Contains(Mail.Id(1)));
        Assert.True(_finished.Contains(Mail.Id(2)));
    }

    [Fact]
    public void The_oldest_leave_when_there_are_too_many()
    {
        for (var i = 0; i <= 50_000; i++)
        {
            _finished.Add(Mail.Id(i), i);
        }

        Assert.Equal(50_000, _finished.Count);
        Assert.False(_finished.Contains(Mail.Id(0)));
        Assert.True(_finished.Contains(Mail.Id(50_000)));
    }
}
