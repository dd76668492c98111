using System.Text;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Policy;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Protocol.Tests.Policy;

public sealed class PolicyVerdictSpecs
{
    private static Mailbox Box(string text) =>
        Mailbox.Parse(Encoding.UTF8.GetBytes(text), international: true, out var mailbox) == AddressFault.None ? mailbox! : throw new ArgumentException(text);

    private static HeaderField Field(string name, string body) =>
        HeaderField.TryCreate(name, body, out var field) ? field : throw new ArgumentException(name);

    [Theory]
    [InlineData("X-Spam", "yes", true)]
    [InlineData("X-Spam", "", true)]
    [InlineData("X-Spam", "tab\there", true)]
    [InlineData("", "x", false)]
    [InlineData("X Spam", "x", false)]
    [InlineData("X-Spam:", "x", false)]
    [InlineData("X-Späm", "x", false)]
    [InlineData("X-Spam", "a\r\nBcc: b@example.net", false)]
    [InlineData("X-Spam", "a\nb", false)]
    [InlineData("X-Spam", "a\rb", false)]
    [InlineData("X-Spam", "a\0b", false)]
    [InlineData("X-Spam", "ä", false)]
    public void A_header_field_is_one_field_and_nothing_else(string name, string body, bool isGood) =>
        Assert.Equal(isGood, HeaderField.TryCreate(name, body, out _));

    [Fact]
    public void A_line_of_998_octets_is_a_field_and_one_more_is_none()
    {
        Assert.True(HeaderField.TryCreate("X-A", new string('b', 993), out _));
        Assert.False(HeaderField.TryCreate("X-A", new string('b', 994), out _));
        Assert.Equal(998, HeaderField.CreateSafe("X-A", new string('b', 5000)).ToString().Length);
    }

    [Fact]
    public void A_text_from_anywhere_is_made_safe() =>
        Assert.Equal("X-Quarantine-Reason: a??b ?", Quarantine.Field("a\r\nb ü").ToString());

    [Theory]
    [InlineData(250, false, false)]
    [InlineData(354, false, false)]
    [InlineData(421, false, true)]
    [InlineData(451, false, true)]
    [InlineData(550, true, false)]
    public void Reject_takes_5xx_and_defer_4xx(int code, bool rejects, bool defers)
    {
        var reply = new SmtpReply(code, null, "x");
        Assert.Equal(rejects, Record.Exception(() => new PolicyVerdict.Reject(reply)) is null);
        Assert.Equal(defers, Record.Exception(() => new PolicyVerdict.Defer(reply)) is null);
    }

    [Fact]
    public void What_earlier_policies_added_is_kept_by_those_that_take_the_mail_and_by_no_others()
    {
        var earlier = new PolicyAddition.AddHeader(Field("X-A", "1"));
        var own = new PolicyAddition.AddHeader(Field("X-B", "2"));
        Assert.Equal([earlier, own], new PolicyVerdict.Accept([own]).After([earlier]).Additions);
        Assert.Equal(new PolicyVerdict.Quarantine("why", [earlier]), new PolicyVerdict.Quarantine("why").After([earlier]));
        Assert.Empty(PolicyVerdict.Discard.Instance.After([earlier]).Additions);
        Assert.Empty(new PolicyVerdict.Reject(new SmtpReply(550, null, "no")).After([earlier]).Additions);
    }

    [Fact]
    public void A_redirection_to_nobody_is_a_mistake() =>
        Assert.Throws<ArgumentException>(() => new PolicyAddition.Redirect([]));

    [Fact]
    public void Verdicts_are_equal_by_value()
    {
        Assert.Equal(
            new PolicyVerdict.Accept([new PolicyAddition.Redirect([new PolicyRecipient(Box("a@b.c"))])]),
            new PolicyVerdict.Accept([new PolicyAddition.Redirect([new PolicyRecipient(Box("a@b.c"))])]));
        Assert.NotEqual<PolicyVerdict>(PolicyVerdict.Accepted, new PolicyVerdict.Accept([new PolicyAddition.Redirect([new PolicyRecipient(Box("a@b.c"))])]));
    }

    [Fact]
    public void A_message_in_quarantine_is_held_for_ever_and_not_returned_for_its_time()
    {
        var asked = MailOptions.None with { DeliverBy = new DeliverBy(DateTimeOffset.UnixEpoch, DeliverByMode.Return, false), Priority = 3 };
        var held = Quarantine.Hold(asked);
        Assert.True(Quarantine.IsHeld(held));
        Assert.False(Quarantine.IsHeld(asked));
        Assert.Equal((null, 3), (held.DeliverBy, held.Priority));
    }

    [Theory]
    [InlineData("ann@example.net", "rfc822;ann@example.net")]
    [InlineData("ann+tag@example.net", "rfc822;ann+2Btag@example.net")]
    [InlineData("a=b@example.net", "rfc822;a+3Db@example.net")]
    [InlineData("\"a b\"@example.net", "rfc822;\"a+20b\"@example.net")]
    [InlineData("j\u00fcrgen+x@example.net", "utf-8;j\\x{FC}rgen\\x{2B}x@example.net")]
    public void The_original_recipient_is_written_so_that_it_can_travel(string mailbox, string expected) =>
        Assert.Equal(expected, OriginalRecipient.Of(Box(mailbox)));

    [Fact]
    public void The_first_original_recipient_stays_whoever_forwards_after()
    {
        var recipient = new PolicyRecipient(Box("a@example.net"), new RecipientOptions { Notify = DsnNotify.Failure });
        var second = recipient.ForwardedTo(Box("b@example.net"));
        Assert.Equal((DsnNotify.Failure, "rfc822;a@example.net"), (second.Options.Notify, second.Options.OriginalRecipient));
        Assert.Equal("rfc822;a@example.net", second.ForwardedTo(Box("c@example.net")).Options.OriginalRecipient);
        Assert.Same(recipient, recipient.ForwardedTo(Box("a@example.net")));
        var given = new PolicyRecipient(Box("a@example.net"), new RecipientOptions { OriginalRecipient = "rfc822;z@example.org" });
        Assert.Equal("rfc822;z@example.org", given.ForwardedTo(Box("b@example.net")).Options.OriginalRecipient);
        Assert.All(Encoding.ASCII.GetBytes(second.Options.OriginalRecipient!), octet => Assert.InRange(octet, 33, 126));
    }
}
