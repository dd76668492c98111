using MtaCluster.Testing.Ledgers;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Chaos.Tests.Ledgers;

/// <summary>The checker finds each kind of broken promise: otherwise its silence means nothing.</summary>
public sealed class InvariantCheckerSpecs
{
    private static readonly WireReply s_taken = new(250, "2.0.0 Ok");
    private readonly RunBuilder _run = new();

    [Fact]
    public void Acknowledged_mail_that_arrived_once_is_clean()
    {
        _run.Arrive(_run.Acknowledged());

        Assert.True(_run.Check().IsClean, _run.Check().ToString());
    }

    [Fact]
    public void Acknowledged_mail_that_never_arrived_is_lost()
    {
        _run.Arrive(_run.Acknowledged());
        var lost = _run.Acknowledged();

        Assert.Equal(lost.Name, OnlyViolation(1).Subject);
    }

    [Fact]
    public void Mail_that_is_left_in_the_queue_is_stuck()
    {
        _run.Arrive(_run.Acknowledged());

        Assert.Single(InvariantChecker.Check(_run.Evidence with { Queued = 1 })[1].Violations);
    }

    [Fact]
    public void A_bounce_is_an_end_where_the_next_hop_refuses()
    {
        var mail = _run.Acknowledged(SinkBehaviour.Reject);
        _run.Bounce(mail);

        Assert.True(_run.Check().IsClean, _run.Check().ToString());
    }

    [Fact]
    public void Mail_without_a_reply_may_arrive_or_not()
    {
        _run.Arrive(_run.Ambiguous());
        _run.Ambiguous();

        Assert.True(_run.Check().IsClean, _run.Check().ToString());
    }

    [Fact]
    public void Mail_whose_dot_was_never_sent_must_not_arrive()
    {
        _run.Arrive(_run.Begun());

        OnlyViolation(2);
    }

    [Fact]
    public void Mail_from_nowhere_is_a_phantom()
    {
        _run.Arrive(new SentMail("s@example.com", [new SentRecipient("stranger@example.org", Ending.Delivery)], "x\r\n"u8.ToArray()));

        Assert.Equal("stranger@example.org", OnlyViolation(2).Subject);
    }

    [Fact]
    public void Mail_at_the_return_path_that_is_no_report_is_a_phantom()
    {
        _run.Return("sender.0@return.example.com", "Subject: hello\r\n\r\nhello\r\n");

        OnlyViolation(2);
    }

    [Fact]
    public void Refused_mail_must_not_arrive()
    {
        var mail = _run.Ambiguous();
        mail.Settle(new WireReply(451, "4.3.0 later"));
        _run.Arrive(mail);

        OnlyViolation(3);
    }

    [Fact]
    public void A_refused_recipient_of_acknowledged_mail_must_not_arrive()
    {
        var mail = _run.Acknowledged(SinkBehaviour.Take, SinkBehaviour.Take);
        mail.Recipients[1].Refuse(new WireReply(452, "4.5.3 too many"));
        _run.Arrive(mail);

        Assert.Equal(mail.Recipients[1].Address, OnlyViolation(3).Subject);
    }

    [Fact]
    public void Other_content_another_sender_and_mixed_envelopes_are_alterations()
    {
        var (one, other) = (_run.Acknowledged(), _run.Acknowledged());
        var (third, fourth) = (_run.Acknowledged(), _run.Acknowledged());
        _run.Arrive(one, arrival => arrival with { Content = other.Content });
        _run.Arrive(other, arrival => arrival with { ReversePath = one.ReversePath });
        _run.Arrive(third, arrival => arrival with { Recipients = [third.Name, fourth.Name] });

        Assert.Equal([one.Name, other.Name, third.Name], _run.Check()[4].Violations.Select(violation => violation.Subject));
    }

    [Fact]
    public void Only_trace_fields_may_stand_above_the_content()
    {
        var mail = _run.Acknowledged();
        _run.Arrive(mail, arrival => arrival with { Content = [.. "Received: x\r\n\ty\r\nX-Other: z\r\n"u8, .. mail.Content] });

        OnlyViolation(4);
    }

    [Fact]
    public void A_recipient_has_one_end_and_the_one_that_the_next_hop_decided()
    {
        var both = _run.Acknowledged(SinkBehaviour.Reject);
        _run.Arrive(both);
        _run.Bounce(both);
        var twice = _run.Acknowledged(SinkBehaviour.Reject);
        _run.Bounce(twice, "<1@node>");
        _run.Bounce(twice, "<2@node>");
        var wrongly = _run.Acknowledged();
        _run.Bounce(wrongly);

        Assert.Equal([both.Name, twice.Name, wrongly.Name], _run.Check()[5].Violations.Select(violation => violation.Subject));
    }

    [Fact]
    public void An_answer_other_than_4xx_while_the_store_is_down_is_a_violation()
    {
        var before = RunBuilder.Now;
        var mail = _run.Acknowledged();
        _run.Arrive(mail);
        _run.Fault(FaultKind.PostgresFreeze, began: before - 1, healed: mail.SettledAt + 1);

        Assert.Equal(mail.Name, OnlyViolation(7).Subject);
    }

    [Fact]
    public void Refusals_while_the_store_is_down_are_right()
    {
        var before = RunBuilder.Now;
        var mail = _run.Ambiguous();
        mail.Settle(new WireReply(451, "4.3.0 later"));
        _run.Fault(FaultKind.PostgresRestart, began: before - 1, healed: mail.SettledAt + 1);

        Assert.True(_run.Check().IsClean, _run.Check().ToString());
        Assert.True(_run.Check()[7].IsChecked);
    }

    [Fact]
    public void The_ledger_inside_must_agree_with_the_ledgers_outside()
    {
        _run.Arrive(_run.Acknowledged());
        var bounced = _run.Acknowledged(SinkBehaviour.Reject);
        _run.Bounce(bounced);
        var account = new ClusterAccount(Accepted: 3, Delivered: 2, Bounced: 1, Discarded: 0, Queued: 0, Suspects: 0);

        Assert.True(InvariantChecker.Check(_run.Evidence with { Account = account })[9].Holds);
        Assert.Equal(2, InvariantChecker.Check(_run.Evidence with { Account = account with { Accepted = 4, Delivered = 3 } })[9].Violations.Count);
    }

    [Fact]
    public void What_grows_by_more_than_a_tenth_is_a_leak()
    {
        ResourceUse[] uses = [new("flat", 100, 110, 0), new("leaking", 100, 120, 5)];

        Assert.Equal("leaking", Assert.Single(InvariantChecker.Check(_run.Evidence with { Resources = uses })[10].Violations).Subject);
    }

    [Fact]
    public void The_code_of_a_reply_decides_what_a_sender_knows()
    {
        var mail = _run.Begun();
        Assert.Equal(Fate.Unsent, mail.Fate);
        mail.Attempt();
        Assert.Equal(Fate.Ambiguous, mail.Fate);
        mail.Settle(s_taken);
        Assert.Equal(Fate.Acknowledged, mail.Fate);
    }

    /// <summary>That and nothing else is broken.</summary>
    private Violation OnlyViolation(int number)
    {
        var report = _run.Check();
        Assert.Equal([number], report.Results.Where(result => !result.Holds).Select(result => result.Number));
        return Assert.Single(report[number].Violations);
    }
}
