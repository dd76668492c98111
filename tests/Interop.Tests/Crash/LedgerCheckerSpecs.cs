using MtaCluster.Testing.Peers;

namespace MtaCluster.Interop.Tests.Crash;

/// <summary>The checker finds each kind of broken promise: otherwise its silence means nothing.</summary>
public sealed class LedgerCheckerSpecs
{
    private static readonly long s_second = TimeProvider.System.TimestampFrequency;
    private readonly MailLedger _ledger = new(seed: 1);

    [Fact]
    public void Acknowledged_mail_that_arrived_once_is_clean()
    {
        var verdict = LedgerChecker.Check([Acknowledged()], [Arrival(_ledger.Entries[0])], []);

        Assert.True(verdict.IsClean, verdict.ToString());
        Assert.Empty(verdict.Duplicated);
    }

    [Fact]
    public void Acknowledged_mail_that_never_arrived_is_lost()
    {
        var verdict = LedgerChecker.Check([Acknowledged(), Acknowledged()], [Arrival(_ledger.Entries[0])], []);

        Assert.False(verdict.IsClean);
        Assert.Equal([_ledger.Entries[1].Recipient], verdict.Lost);
    }

    [Fact]
    public void Ambiguous_mail_may_arrive_or_not()
    {
        var (one, other) = (_ledger.Begin(), _ledger.Begin());
        one.Attempt();
        other.Attempt();

        var verdict = LedgerChecker.Check([one, other], [Arrival(one)], []);

        Assert.True(verdict.IsClean, verdict.ToString());
        Assert.Equal((2, 1), verdict.Ambiguous);
    }

    [Fact]
    public void Mail_from_nowhere_and_mail_that_was_never_finished_are_phantoms()
    {
        var unfinished = _ledger.Begin();
        var stranger = new LedgerEntry("s@example.com", "stranger@example.org", "x\r\n"u8.ToArray());

        var verdict = LedgerChecker.Check([unfinished], [Arrival(unfinished), Arrival(stranger)], []);

        Assert.False(verdict.IsClean);
        Assert.Equal([unfinished.Recipient, stranger.Recipient], verdict.Phantom);
    }

    [Fact]
    public void Refused_mail_must_not_arrive()
    {
        var refused = _ledger.Begin();
        refused.Attempt();
        refused.Settle(positive: false);

        var verdict = LedgerChecker.Check([refused], [Arrival(refused)], []);

        Assert.False(verdict.IsClean);
        Assert.Equal([refused.Recipient], verdict.RefusedYetArrived);
    }

    [Fact]
    public void Other_content_or_another_sender_is_an_alteration()
    {
        var (one, other) = (Acknowledged(), Acknowledged());

        var verdict = LedgerChecker.Check(
            [one, other],
            [Arrival(one) with { Content = other.Content }, Arrival(other) with { ReversePath = one.ReversePath }],
            []);

        Assert.False(verdict.IsClean);
        Assert.Equal([one.Recipient, other.Recipient], verdict.Altered);
    }

    [Fact]
    public void A_duplicate_without_a_kill_is_unexplained()
    {
        var entry = Acknowledged();

        var verdict = LedgerChecker.Check([entry], [Arrival(entry), Arrival(entry, after: s_second)], []);

        Assert.False(verdict.IsClean);
        Assert.Equal([entry.Recipient], verdict.Duplicated);
        Assert.Equal([entry.Recipient], verdict.UnexplainedDuplicates);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(3, false)]
    public void A_kill_explains_a_duplicate_only_shortly_after_the_first_arrival(int secondsToTheKill, bool explains)
    {
        var entry = Acknowledged();
        var first = Arrival(entry);
        var kill = first.ReceivedAt + (secondsToTheKill * s_second);

        var verdict = LedgerChecker.Check([entry], [first, Arrival(entry, after: 10 * s_second)], [kill]);

        Assert.Equal(explains, verdict.IsClean);
        Assert.Single(verdict.Duplicated);
    }

    [Fact]
    public void A_kill_after_the_second_arrival_does_not_explain_it()
    {
        var entry = Acknowledged();
        var second = Arrival(entry, after: s_second);

        var verdict = LedgerChecker.Check([entry], [Arrival(entry), second], [second.ReceivedAt + 1]);

        Assert.False(verdict.IsClean);
    }

    private static ReceivedMail Arrival(LedgerEntry entry, long after = 0) =>
        new(entry.ReversePath, [entry.Recipient], [.. "Received: x\r\n"u8, .. entry.Content], TimeProvider.System.GetTimestamp() + after);

    private LedgerEntry Acknowledged()
    {
        var entry = _ledger.Begin();
        entry.Attempt();
        entry.Settle(positive: true);
        return entry;
    }
}
