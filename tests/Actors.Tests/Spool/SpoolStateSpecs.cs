using System.Collections.Immutable;
using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using MtaCluster.Actors.Spool;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

public sealed class SpoolStateSpecs
{
    private readonly SpoolState _state = new();

    private static readonly Gen<RecipientTransition> s_outcome = Gen.Zip(Gen.Choose(0, 1), Gen.Choose(0, 4)).Select(pair => pair.Item2 switch
    {
        0 => Mail.Delivered(pair.Item1),
        1 => Mail.Bounced(pair.Item1),
        var n => Mail.Deferred(pair.Item1, Mail.Start.AddMinutes(n)),
    });

    private static readonly Gen<SpoolTransition> s_transition = Gen.OneOf(
        Gen.Choose(0, 5).Select(n => (SpoolTransition)Mail.Accepted(n, "a@example.net", "b@example.com")),
        Gen.Choose(0, 5).Select(n => (SpoolTransition)Mail.Accepted(n, "a@example.net", "b@example.com")),
        Gen.Zip(Gen.Choose(0, 5), s_outcome.ListOf()).Select(pair => (SpoolTransition)Mail.Attempted(pair.Item1, [.. pair.Item2])),
        Gen.Choose(0, 5).Select(n => (SpoolTransition)new SpoolTransition.DelayWarned(Mail.Id(n))),
        Gen.Choose(0, 5).Select(n => (SpoolTransition)new SpoolTransition.Withdrawn(Mail.Id(n))),
        Gen.Constant((SpoolTransition)new SpoolTransition.Opened("node", Mail.Start)));

    [Fact]
    public void A_snapshot_at_any_point_and_the_transitions_after_it_give_the_same_state()
    {
        Prop.ForAll(s_transition.ListOf().ToArbitrary(), ArbMap.Default.ArbFor<NonNegativeInt>(), (transitions, cut) =>
        {
            var at = cut.Get % (transitions.Count + 1);
            var whole = new SpoolState();
            var first = new SpoolState();
            Apply(whole, transitions);
            Apply(first, transitions.Take(at));
            var restored = new SpoolState();
            SpoolSnapshot.Of(first).RestoreTo(restored);
            Apply(restored, transitions.Skip(at));
            Assert.Equal(Mail.Describe(whole), Mail.Describe(restored));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Every_message_is_waiting_or_was_handed_out_once_as_finished()
    {
        Prop.ForAll(s_transition.ListOf().ToArbitrary(), transitions =>
        {
            var state = new SpoolState();
            var held = new HashSet<QueueId>();
            foreach (var transition in transitions)
            {
                if (transition is SpoolTransition.Accepted accepted)
                {
                    held.Add(accepted.Id);
                }

                if (state.Apply(transition) is { } finished)
                {
                    Assert.True(held.Remove(finished.Id));
                    Assert.True(finished.IsFinished || transition is SpoolTransition.Withdrawn);
                }

                Assert.Equal(held, state.Messages.Select(message => message.Id).ToHashSet());
                Assert.All(state.Messages, message => Assert.InRange(message.PendingRecipients, 1, 2));
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void What_was_accepted_is_delivered_bounced_or_queued_at_every_moment_also_from_a_snapshot()
    {
        Prop.ForAll(s_transition.ListOf().ToArbitrary(), transitions =>
        {
            var state = new SpoolState();
            foreach (var transition in transitions)
            {
                state.Apply(transition);
                AssertBalance(state);
            }

            var restored = new SpoolState();
            SpoolSnapshot.Of(state).RestoreTo(restored);
            Assert.Equal(state.Account, restored.Account);
            var counted = new SpoolState();
            (SpoolSnapshot.Of(state) with { Account = null }).RestoreTo(counted);
            AssertBalance(counted);
        }).QuickCheckThrowOnFailure();

        static void AssertBalance(SpoolState state)
        {
            var account = state.Account;
            Assert.Equal(account.Accepted, account.Delivered + account.Bounced + account.Discarded + state.Messages.Sum(message => message.PendingRecipients));
        }
    }

    [Fact]
    public void A_message_is_finished_by_the_outcome_of_its_last_recipient()
    {
        _state.Apply(Mail.Accepted(1, "a@example.net", "b@example.net"));

        Assert.Null(_state.Apply(Mail.Attempted(1, Mail.Delivered(0), Mail.Deferred(1, Mail.Start.AddMinutes(5)))));
        var finished = _state.Apply(Mail.Attempted(1, Mail.Bounced(1)));

        Assert.Equal(Mail.Id(1), finished?.Id);
        Assert.Equal(0, _state.Count);
    }

    [Fact]
    public void An_outcome_for_a_recipient_that_is_done_changes_nothing()
    {
        _state.Apply(Mail.Accepted(1, "a@example.net", "b@example.net"));
        _state.Apply(Mail.Attempted(1, Mail.Delivered(0)));
        var before = Mail.Describe(_state);

        _state.Apply(Mail.Attempted(1, Mail.Delivered(0), Mail.Bounced(0)));
        _state.Apply(Mail.Attempted(1, Mail.Deferred(0, Mail.Start)));

        Assert.Equal(before, Mail.Describe(_state));
    }

    [Fact]
    public void What_is_said_of_unknown_messages_is_harmless()
    {
        Assert.Null(_state.Apply(Mail.Attempted(7, Mail.Delivered(0))));
        Assert.Null(_state.Apply(new SpoolTransition.DelayWarned(Mail.Id(7))));
        Assert.Null(_state.Apply(new SpoolTransition.Withdrawn(Mail.Id(7))));
        Assert.Equal(0, _state.Count);
    }

    [Fact]
    public void A_message_that_is_accepted_again_keeps_its_attempts()
    {
        _state.Apply(Mail.Accepted(1));
        _state.Apply(Mail.Attempted(1, Mail.Deferred(0, Mail.Start.AddMinutes(5))));

        _state.Apply(Mail.Accepted(1));

        Assert.Equal(1, _state.Find(Mail.Id(1))!.Recipients[0].Attempts);
    }

    [Fact]
    public void Equal_replies_are_one_object_and_their_table_is_bounded()
    {
        var first = _state.Intern(Reply(0));
        Assert.Same(first, _state.Intern(Reply(0)));

        for (var i = 1; i <= 1024; i++)
        {
            _state.Intern(Reply(i));
        }

        Assert.NotSame(first, _state.Intern(Reply(0)));
        Assert.Equal(first, _state.Intern(Reply(0)));
    }

    [Fact]
    public void Replies_that_differ_in_their_text_alone_have_different_hashes()
    {
        // All of a spool's transient replies share a few codes: by code alone the table of replies would be a list.
        var hashes = Enumerable.Range(0, 1_000).Select(i => Reply(i).GetHashCode()).Distinct().Count();

        Assert.InRange(hashes, 900, 1_000);
    }

    private static SmtpReply Reply(int n)
        => new(450, new EnhancedStatusCode(4, 2, 0), string.Create(CultureInfo.InvariantCulture, $"busy {n}"));

    private static void Apply(SpoolState state, IEnumerable<SpoolTransition> transitions)
    {
        foreach (var transition in transitions)
        {
            state.Apply(transition);
        }
    }
}
