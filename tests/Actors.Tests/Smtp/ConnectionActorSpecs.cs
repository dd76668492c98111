using Akka.Actor;
using Akka.TestKit;
using MtaCluster.Actors.Smtp;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Tests.Spool;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Actors.Tests.Smtp;

public sealed class ConnectionActorSpecs : ActorSpecs
{
    private static readonly SmtpReply s_refusal = new(451, new EnhancedStatusCode(4, 3, 0), "no");
    private readonly TestProbe _region;
    private readonly TestProbe _spool;
    private readonly LocalSpools _spools = new(2);

    public ConnectionActorSpecs()
        : base(serializesMessages: true)
    {
        _region = CreateTestProbe();
        _spool = CreateTestProbe();
    }

    [Fact]
    public async Task A_message_goes_to_its_local_spool_and_is_250_once_that_has_it()
    {
        _spools.Add(new LocalSpool(0, _spool.Ref));
        var answer = Submit(Start(), 1);

        var enqueue = await _spool.ExpectMsgAsync<EnqueueMessage>(cancellationToken: Stop);
        Assert.Equal(Mail.Id(1), enqueue.Message.Id);
        Assert.False(answer.IsCompleted);
        _spool.Reply(new MessageEnqueued(Mail.Id(1)));

        Assert.Null(await answer.WaitAsync(TimeSpan.FromSeconds(30), Stop));
    }

    [Fact]
    public async Task Without_a_local_spool_it_goes_through_the_region_and_a_refusal_comes_back()
    {
        var answer = Submit(Start(), 1);
        await _region.ExpectMsgAsync<EnqueueMessage>(cancellationToken: Stop);

        _region.Reply(new EnqueueRefused(Mail.Id(1), s_refusal));

        Assert.Equal(s_refusal, await answer.WaitAsync(TimeSpan.FromSeconds(30), Stop));
    }

    [Fact]
    public async Task An_answer_for_another_message_is_not_taken_for_this_one()
    {
        var answer = Submit(Start(), 2);
        await _region.ExpectMsgAsync<EnqueueMessage>(cancellationToken: Stop);

        _region.Reply(new MessageEnqueued(Mail.Id(1)));
        _region.Reply(new EnqueueRefused(Mail.Id(2), s_refusal));

        Assert.Equal(s_refusal, await answer.WaitAsync(TimeSpan.FromSeconds(30), Stop));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Overdue_the_message_is_withdrawn_and_the_word_of_the_spool_decides(bool isDurable)
    {
        // The spool that was asked first has failed meanwhile: its successor is asked.
        var failed = new LocalSpool(0, _region.Ref);
        _spools.Add(failed);
        var answer = Submit(Start(TimeSpan.FromMilliseconds(200)), 1);
        await _region.ExpectMsgAsync<EnqueueMessage>(cancellationToken: Stop);
        _spools.Remove(failed);
        _spools.Add(new LocalSpool(0, _spool.Ref));

        Assert.Equal(Mail.Id(1), (await _spool.ExpectMsgAsync<WithdrawMessage>(cancellationToken: Stop)).Id);
        _spool.Reply(isDurable ? new MessageEnqueued(Mail.Id(1)) : new EnqueueRefused(Mail.Id(1), s_refusal));

        Assert.Equal(isDurable ? null : s_refusal, await answer.WaitAsync(TimeSpan.FromSeconds(30), Stop));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task In_doubt_the_spool_is_asked_until_it_knows(bool isDurable)
    {
        var answer = Submit(Start(), 1);
        await _region.ExpectMsgAsync<EnqueueMessage>(cancellationToken: Stop);

        _region.Reply(new EnqueueInDoubt(Mail.Id(1)));

        await _region.ExpectMsgAsync<WithdrawMessage>(cancellationToken: Stop);
        Assert.Equal(Mail.Id(1), (await _region.ExpectMsgAsync<WithdrawMessage>(cancellationToken: Stop)).Id);
        Assert.False(answer.IsCompleted);
        _region.Reply(isDurable ? new MessageEnqueued(Mail.Id(1)) : new EnqueueRefused(Mail.Id(1), s_refusal));

        Assert.Equal(isDurable ? null : s_refusal, await answer.WaitAsync(TimeSpan.FromSeconds(30), Stop));
    }

    [Fact]
    public async Task Where_nothing_is_known_the_session_is_broken_off()
    {
        var answer = Submit(Start(TimeSpan.FromMilliseconds(20)), 1);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer.WaitAsync(TimeSpan.FromSeconds(30), Stop));
    }

    [Fact]
    public async Task When_the_session_ends_what_is_open_is_cancelled()
    {
        var connection = Start();
        var answer = Submit(connection, 1);

        connection.Tell(SessionEnded.Instance);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer.WaitAsync(TimeSpan.FromSeconds(30), Stop));
    }

    private IActorRef Start(TimeSpan? timeout = null)
    {
        var services = new InboundServices(_spools, _region.Ref, 2, timeout ?? TimeSpan.FromMinutes(5), Time);
        return Sys.ActorOf(Props.Create(() => new ConnectionActor(services)));
    }

    private static Task<SmtpReply?> Submit(IActorRef connection, int n)
    {
        var answer = new TaskCompletionSource<SmtpReply?>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Tell(new SubmitMessage(Mail.Submitted(n), answer));
        return answer.Task;
    }
}
