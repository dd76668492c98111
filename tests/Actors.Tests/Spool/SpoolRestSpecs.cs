using Akka.Actor;
using MtaCluster.Actors.Spool;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

/// <summary>A busy spool rests between its writes, where the storage wants it to.</summary>
public sealed class SpoolRestSpecs : SpoolScenario
{
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(5);

    public SpoolRestSpecs() => Services = Services with { WriteRest = s_rest };

    [Fact]
    public async Task What_comes_within_the_rest_waits_for_its_end()
    {
        var spool = StartSpool();
        await WriteTwoTogetherAsync(spool);

        spool.Tell(new EnqueueMessage(Mail.Submitted(4)), TestActor);
        await SettleAsync(spool);
        Assert.False(HasMessages);
        Time.Advance(s_rest);
        (await Gate.HeldAsync(Stop)).LetThrough();
        Assert.Equal(Mail.Id(4), (await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop)).Id);
    }

    [Fact]
    public async Task After_a_write_for_one_there_is_no_rest()
    {
        var spool = StartSpool();
        await SettleOpenAsync(spool);
        Gate.Close();
        for (var i = 1; i <= 2; i++)
        {
            spool.Tell(new EnqueueMessage(Mail.Submitted(i)), TestActor);
            (await Gate.HeldAsync(Stop)).LetThrough();
            Assert.Equal(Mail.Id(i), (await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop)).Id);
        }
    }

    [Fact]
    public async Task A_spool_that_is_to_stop_writes_first_what_came_within_the_rest()
    {
        var spool = StartSpool();
        await WriteTwoTogetherAsync(spool);
        spool.Tell(new EnqueueMessage(Mail.Submitted(4)), TestActor);
        spool.Tell(StopSpool.Instance);
        await SettleAsync(spool);

        Time.Advance(s_rest);
        (await Gate.HeldAsync(Stop)).LetThrough();
        Assert.Equal(Mail.Id(4), (await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop)).Id);
    }

    private async Task WriteTwoTogetherAsync(IActorRef spool)
    {
        await SettleOpenAsync(spool);
        var first = await GatherTwoBehindOneAsync(spool);
        await SettleAsync(spool);
        first.LetThrough();
        (await Gate.HeldAsync(Stop)).LetThrough();
        for (var i = 1; i <= 3; i++)
        {
            await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop);
        }
    }
}
