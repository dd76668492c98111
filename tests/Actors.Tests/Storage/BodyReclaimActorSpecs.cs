using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Storage;
using Xunit;

namespace MtaCluster.Actors.Tests.Storage;

/// <summary>Rounds of reclaiming, in virtual time, with a probe in place of three spools.</summary>
public sealed class BodyReclaimActorSpecs : TestKit
{
    private const int Spools = 3;
    private readonly FakeReclaim _store = new();
    private readonly TestProbe _spools;
    private bool _isResponsible = true;

    public BodyReclaimActorSpecs()
        : base("""akka { scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit", loglevel = WARNING, test.single-expect-default = 30s }""")
    {
        _spools = CreateTestProbe();

        // On the thread of the test: once the clock has been advanced, everything that follows from it has happened.
        ActorOfAsTestActorRef<BodyReclaimActor>(Props.Create(() => new BodyReclaimActor(_spools, Spools, _store, () => _isResponsible)));
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private TestScheduler Clock => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void What_nobody_holds_is_freed_and_what_little_is_held_is_kept()
    {
        _store.Survey([new(10, 1000, 5), new(11, 1000, 5), new(12, 1000, 5)]);
        NextRound();
        Answer(0, 0, held: [(11, 2), (12, 5)]);
        Answer(0, 1, held: []);
        Answer(0, 2, held: [(11, 1), (12, 5)]);
        Assert.Equal("10: ", _store.Expect());
        Answer(11, 0, held: [(11, 2)], positions: [7, 8]);
        Answer(11, 2, held: [(11, 1)], positions: [9]);
        Assert.Equal("11: 7 8 9", _store.Expect());
        NextRound();
        ExpectQuestion(0, 0);
        Assert.Equal(0, _store.Left);
    }

    [Fact]
    public void Nothing_is_freed_unless_every_spool_has_answered()
    {
        _store.Survey([new(10, 1000, 5)]);
        NextRound();
        Answer(0, 0, held: []);
        Answer(0, 2, held: []);
        Clock.Advance(TimeSpan.FromSeconds(2));
        ExpectQuestion(0, 1);
        EventFilter.Warning(contains: "spools 1 did not answer").ExpectOne(() => Clock.Advance(BodyReclaimActor.Patience), Cancelled);
        Assert.Equal(0, _store.Left);
        NextRound();
        AnswerAll(0);
        Assert.Equal("10: ", _store.Expect());
    }

    [Fact]
    public void The_answer_of_a_spool_that_was_replaced_counts_for_nothing()
    {
        _store.Survey([new(10, 1000, 5)], sequenceNumber: 20);
        NextRound();
        Answer(0, 0, held: [], sequenceNr: 20);
        Answer(0, 1, held: [], sequenceNr: 19);
        Answer(0, 2, held: [], sequenceNr: 21);
        Clock.Advance(TimeSpan.FromSeconds(2));
        Answer(0, 1, held: [(10, 9)], sequenceNr: 22);
        NextRound();
        ExpectQuestion(0, 0);
        Assert.Equal(0, _store.Left);
    }

    [Fact]
    public void A_container_that_cannot_be_freed_does_not_hold_up_the_others()
    {
        _store.Survey([new(10, 1000, 5), new(11, 1000, 5)]);
        _store.FailsAt = 10;
        NextRound();
        AnswerAll(0);
        Assert.Equal("11: ", _store.Expect());
    }

    [Fact]
    public void A_store_that_fails_is_asked_again_in_the_next_round()
    {
        _store.FailSurvey();
        EventFilter.Warning(contains: "was not reclaimed").ExpectOne(() => Clock.Advance(BodyReclaimActor.Interval), Cancelled);
        _store.Survey([new(10, 1000, 5)]);
        NextRound();
        AnswerAll(0);
        Assert.Equal("10: ", _store.Expect());
    }

    [Fact]
    public void A_node_that_does_not_lead_stands_by()
    {
        _isResponsible = false;
        _store.Survey([new(10, 1000, 5)]);
        NextRound();
        Assert.False(_spools.HasMessages);
        _isResponsible = true;
        NextRound();
        AnswerAll(0);
        Assert.Equal("10: ", _store.Expect());
    }

    private void NextRound() => Clock.Advance(BodyReclaimActor.Interval);

    private void ExpectQuestion(long container, int spool) =>
        _spools.FishForMessage(message => message is GetBodiesHeld question && question.Container == container && question.Spool == spool, cancellationToken: Cancelled);

    private void AnswerAll(long container)
    {
        for (var spool = 0; spool < Spools; spool++)
        {
            Answer(container, spool, held: []);
        }
    }

    private void Answer(long container, int spool, (long Container, int Bodies)[] held, long[]? positions = null, long sequenceNr = 0)
    {
        ExpectQuestion(container, spool);
        _spools.Reply(new BodiesHeld(
            spool, held.ToImmutableDictionary(entry => entry.Container, entry => entry.Bodies), container, [.. positions ?? []], sequenceNr));
    }

    private sealed class FakeReclaim : IBodyReclaim
    {
        private readonly System.Collections.Concurrent.BlockingCollection<string> _kept = [];
        private volatile Task<ReclaimSurvey> _survey = Task.FromResult(new ReclaimSurvey([], ImmutableDictionary<int, long>.Empty));

        public int Left => _kept.Count;

        public long FailsAt { get; set; }

        public void Survey(ImmutableArray<ReclaimableContainer> containers, long sequenceNumber = 0) => _survey = Task.FromResult(
            new ReclaimSurvey(containers, Enumerable.Range(0, Spools).ToImmutableDictionary(spool => spool, _ => sequenceNumber)));

        public void FailSurvey() => _survey = Task.FromException<ReclaimSurvey>(new IOException("down"));

        public string Expect() => _kept.TryTake(out var kept, TimeSpan.FromSeconds(30)) ? kept : throw new TimeoutException("Nothing was freed");

        public Task<ReclaimSurvey> SurveyAsync(CancellationToken cancellationToken) => _survey;

        public Task<long> KeepOnlyAsync(long container, ImmutableArray<long> positions, CancellationToken cancellationToken)
        {
            if (container == FailsAt)
            {
                return Task.FromException<long>(new IOException("refused"));
            }

            _kept.Add($"{container}: {string.Join(' ', positions.Order())}", CancellationToken.None);
            return Task.FromResult(1000L);
        }
    }
}
