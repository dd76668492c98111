using Akka.TestKit;
using Akka.TestKit.Xunit;
using Microsoft.Extensions.Time.Testing;
using MtaCluster.Actors.Rates;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Serialization;
using Xunit;

namespace MtaCluster.Actors.Tests.Rates;

public sealed class ClusterRatesSpecs : TestKit
{
    private static readonly RateKey s_key = RateKey.Connections("192.0.2.1");
    private static readonly Rate s_rate = new(6, TimeSpan.FromMinutes(1));

    private readonly FakeTimeProvider _time = new();
    private readonly TestProbe _books;
    private readonly ClusterRates _rates;

    public ClusterRatesSpecs()
        : base(WireConfiguration.Hocon + "\nakka.actor.serialize-messages = on\nakka.test.single-expect-default = 30s")
    {
        _books = CreateTestProbe();
        _rates = new ClusterRates(_books, () => 3, _time);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_takes_is_told_what_the_book_says()
    {
        var first = TryTake();
        await AnswerAsync(wanted: 1, granted: 1);
        Assert.True(await first);

        var second = TryTake();
        await AnswerAsync(wanted: 1, granted: 0);
        Assert.False(await second);
    }

    [Fact]
    public async Task Those_who_come_during_a_question_are_asked_for_together_in_their_order()
    {
        var first = TryTake();
        var request = await _books.ExpectMsgAsync<RequestAllowance>(cancellationToken: Stop);
        var asker = _books.LastSender;
        var others = Enumerable.Range(0, 4).Select(_ => TryTake()).ToArray();
        asker.Tell(new AllowanceGranted(request.Number, 1, default), _books);
        Assert.True(await first);

        await AnswerAsync(wanted: 4, granted: 3);

        var taken = await Task.WhenAll(others);
        Assert.Equal([true, true, true, false], taken);
    }

    [Fact]
    public async Task A_refusal_is_remembered_for_as_long_as_it_holds()
    {
        var first = TryTake();
        await AnswerAsync(wanted: 1, granted: 0, retryAfter: 10);
        Assert.False(await first);

        for (var second = 0; second < 9; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.False(await TryTake());
        }

        await _books.ExpectNoMsgAsync(TimeSpan.Zero, Stop);
        _time.Advance(TimeSpan.FromSeconds(1));
        var later = TryTake();
        await AnswerAsync(wanted: 1, granted: 1);
        Assert.True(await later);
    }

    [Fact]
    public async Task Where_nobody_answers_each_node_has_its_share_and_asks_again_later()
    {
        // Six a minute over three nodes: two at once, and one each thirty seconds.
        var taken = TryTake();
        await _books.ExpectMsgAsync<RequestAllowance>(cancellationToken: Stop);
        _time.Advance(ClusterRates.Patience);
        Assert.True(await taken);
        var others = await Task.WhenAll(TryTake(), TryTake(), TryTake());
        Assert.Equal([true, false, false], others);
        await _books.ExpectNoMsgAsync(TimeSpan.Zero, Stop);

        _time.Advance(ClusterRates.DoubtAfterSilence);
        var later = TryTake();
        await _books.ExpectMsgAsync<RequestAllowance>(cancellationToken: Stop);
        _time.Advance(ClusterRates.Patience);
        Assert.False(await later);
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.False(await TryTake());
    }

    [Fact]
    public async Task Never_more_than_the_share_is_taken_in_silence()
    {
        var taken = 0;
        for (var second = 0; second < 600; second++)
        {
            var attempt = TryTake();
            if (!attempt.IsCompleted)
            {
                await _books.ExpectMsgAsync<RequestAllowance>(cancellationToken: Stop);
                _time.Advance(ClusterRates.Patience);
            }
            else
            {
                _time.Advance(TimeSpan.FromSeconds(1));
            }

            taken += await attempt ? 1 : 0;
        }

        Assert.InRange(taken, 19, 2 + 20 + 1);
    }

    [Fact]
    public async Task What_is_answered_too_late_counts_for_nothing()
    {
        var first = TryTake();
        var late = await _books.ExpectMsgAsync<RequestAllowance>(cancellationToken: Stop);
        var asker = _books.LastSender;
        _time.Advance(ClusterRates.Patience);
        Assert.True(await first);
        asker.Tell(new AllowanceGranted(late.Number, 0, TimeSpan.FromHours(1)), _books);

        _time.Advance(ClusterRates.DoubtAfterSilence);
        var second = TryTake();
        await AnswerAsync(wanted: 1, granted: 1);
        Assert.True(await second);
    }

    [Fact]
    public async Task Keys_do_not_wait_for_each_other()
    {
        var slow = TryTake();
        var request = await _books.ExpectMsgAsync<RequestAllowance>(cancellationToken: Stop);
        var asker = _books.LastSender;

        var other = _rates.TryTakeAsync(RateKey.Connections("192.0.2.2"), s_rate).AsTask();
        await AnswerAsync(wanted: 1, granted: 1);
        Assert.True(await other);

        asker.Tell(new AllowanceGranted(request.Number, 1, default), _books);
        Assert.True(await slow);
    }

    [Fact]
    public async Task A_book_gives_what_the_rate_allows_and_says_when_there_is_more()
    {
        var book = Sys.ActorOf(ActorProps.Of(() => new RateActor(_time)));

        book.Tell(new RequestAllowance(s_key, 7, 4, s_rate), TestActor);
        Assert.Equal(new AllowanceGranted(7, 4, TimeSpan.Zero), await ExpectMsgAsync<AllowanceGranted>(cancellationToken: Stop));
        book.Tell(new RequestAllowance(s_key, 8, 4, s_rate), TestActor);
        Assert.Equal(new AllowanceGranted(8, 2, TimeSpan.FromSeconds(10)), await ExpectMsgAsync<AllowanceGranted>(cancellationToken: Stop));
        _time.Advance(TimeSpan.FromSeconds(10));
        book.Tell(new RequestAllowance(s_key, 9, 1, s_rate), TestActor);
        Assert.Equal(new AllowanceGranted(9, 1, TimeSpan.Zero), await ExpectMsgAsync<AllowanceGranted>(cancellationToken: Stop));
    }

    private Task<bool> TryTake() => _rates.TryTakeAsync(s_key, s_rate).AsTask();

    private async Task AnswerAsync(int wanted, int granted, double retryAfter = 0)
    {
        var request = await _books.ExpectMsgAsync<RequestAllowance>(cancellationToken: Stop);
        Assert.Equal(wanted, request.Wanted);
        Assert.Equal(s_rate, request.Rate);
        _books.Reply(new AllowanceGranted(request.Number, granted, TimeSpan.FromSeconds(retryAfter)));
    }
}
