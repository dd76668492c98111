using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Submission;
using Xunit;

namespace MtaCluster.Protocol.Tests.Submission;

public sealed class SubmissionFilterSpecs
{
    private static readonly AddressRewriter s_rewriter = new([new RewriteRule(Pattern("*@old.example"), Pattern("*@new.example"))]);

    private static AddressPattern Pattern(string text) =>
        AddressPattern.TryParse(text, out var pattern) ? pattern : throw new ArgumentException(text);

    private static ReversePath Path(string text) => ReversePath.TryParse(Encoding.UTF8.GetBytes($"<{text}>"), out var path) ? path : throw new ArgumentException(text);

    private static Submitter Ann(string reversePath = "ann@old.example") =>
        new(Path(reversePath), new SenderIdentity("ann", [Pattern("ann@old.example"), Pattern("ann+*@new.example")]));

    private static (string Content, SubmissionFault Fault) Run(SubmissionRules rules, Submitter submitter, string content, int piece = int.MaxValue)
    {
        var filter = new SubmissionFilter(rules, submitter);
        var kept = new List<byte>();
        var octets = Encoding.Latin1.GetBytes(content);
        for (var i = 0; i < octets.Length; i += Math.Min(piece, octets.Length))
        {
            kept.AddRange(filter.Feed(octets.AsSpan(i, Math.Min(piece, octets.Length - i))));
        }

        kept.AddRange(filter.Complete());
        return (Encoding.Latin1.GetString([.. kept]), filter.Fault);
    }

    private static string Rewritten(string body) =>
        Run(new SubmissionRules(s_rewriter, FromRule.Any), new Submitter(Path("a@b.c"), null), $"From:{body}\r\n\r\ntext\r\n").Content[5..^10];

    [Theory]
    [InlineData(" ann@old.example", " ann@new.example")]
    [InlineData(" <ann@old.example>", " <ann@new.example>")]
    [InlineData(" Ann Old <ann@old.example>", " Ann Old <ann@new.example>")]
    [InlineData(" \"ann@old.example\" <ann@OLD.example>", " \"ann@old.example\" <ann@new.example>")]
    [InlineData(" ann@old.example <bob@other.example>", " ann@old.example <bob@other.example>")]
    [InlineData(" Ann\r\n\t<ann@old.example>,\r\n bob@old.example", " Ann\r\n\t<ann@new.example>,\r\n bob@new.example")]
    [InlineData(" ann@old.example (ann@old.example, (really))", " ann@new.example (ann@old.example, (really))")]
    [InlineData(" (x) ann (y) @ (z) old.example (w)", " (x) ann@new.example (w)")]
    [InlineData(" Team: ann@old.example, B <bob@old.example>; , c@old.example", " Team: ann@new.example, B <bob@new.example>; , c@new.example")]
    [InlineData(" Nobody:;", " Nobody:;")]
    [InlineData(" <@a.example,@b.example:ann@old.example>", " <@a.example,@b.example:ann@new.example>")]
    [InlineData(" \"a \\\" b\"@old.example", " \"a \\\" b\"@new.example")]
    [InlineData(" =?utf-8?q?=40old=2Eexample?= <ann@old.example>", " =?utf-8?q?=40old=2Eexample?= <ann@new.example>")]
    [InlineData(" John Q. Public <ann@old.example>", " John Q. Public <ann@new.example>")]
    [InlineData(" a@[192.0.2.1], ann@old.example", " a@[192.0.2.1], ann@new.example")]
    public void In_a_field_the_address_alone_is_rewritten(string body, string expected) => Assert.Equal(expected, Rewritten(body));

    [Theory]
    [InlineData(" Ann ann@old.example")]
    [InlineData(" <ann@old.example")]
    [InlineData(" ann@old.example@x")]
    [InlineData(" \"ann@old.example")]
    [InlineData(" (ann@old.example")]
    [InlineData(" ann@old.example> <x@y.z")]
    [InlineData(" <>")]
    [InlineData(" <@a ann@old.example>")]
    [InlineData("")]
    public void What_is_no_address_is_left_as_it_is_and_nobodys(string body)
    {
        Assert.Equal(body, Rewritten(body));
        Assert.Equal(SubmissionFault.ForeignFrom, Run(new SubmissionRules(s_rewriter, FromRule.Own), Ann(), $"From:{body}\r\n\r\n").Fault);
    }

    [Fact]
    public void Sender_and_reply_to_are_rewritten_and_other_fields_are_not() => Assert.Equal(
        "from: a@new.example\r\nSENDER : b@new.example\r\nReply-To: c@new.example\r\nTo: d@old.example\r\nX-From: e@old.example\r\n\r\nFrom: f@old.example\r\n",
        Run(
            new SubmissionRules(s_rewriter, FromRule.Any),
            new Submitter(Path("a@b.c"), null),
            "from: a@old.example\r\nSENDER : b@old.example\r\nReply-To: c@old.example\r\nTo: d@old.example\r\nX-From: e@old.example\r\n\r\nFrom: f@old.example\r\n").Content);

    [Theory]
    [InlineData("From: ann@old.example\r\n\r\n", false)]
    [InlineData("From: Ann <ANN@old.example>\r\n\r\n", false)]
    [InlineData("From: ann+news@new.example\r\n\r\n", false)]
    [InlineData("From: bob@old.example\r\n\r\n", true)]
    [InlineData("From: ann@old.example, bob@old.example\r\n\r\n", true)]
    [InlineData("From: ann@old.example\r\nFrom: bob@old.example\r\n\r\n", true)]
    [InlineData("From : bob@old.example\r\n\r\n", true)]
    [InlineData("From: \"ann@old.example\" <bob@old.example>\r\n\r\n", true)]
    [InlineData("From: ann@old.example\r\n , bob@old.example\r\n\r\n", true)]
    [InlineData("Subject: x\r\n\r\nFrom: bob@old.example\r\n", false)]
    public void A_from_field_must_be_the_users_own(string content, bool isForeign)
    {
        Assert.Equal(isForeign, Run(new SubmissionRules(s_rewriter, FromRule.Own), Ann(), content).Fault == SubmissionFault.ForeignFrom);
        Assert.Equal(SubmissionFault.None, Run(new SubmissionRules(s_rewriter, FromRule.Own), Ann() with { Identity = null }, content).Fault);
        Assert.Equal(SubmissionFault.None, Run(new SubmissionRules(s_rewriter, FromRule.Any), Ann(), content).Fault);
    }

    [Theory]
    [InlineData("From: bob@x.example\r\nSubject: y\r\n\r\nz", "Sender: ann@new.example\r\nFrom: bob@x.example\r\nSubject: y\r\n\r\nz")]
    [InlineData("Sender: eve@x.example\r\nFrom: bob@x.example\r\n\r\nz", "Sender: ann@new.example\r\nFrom: bob@x.example\r\n\r\nz")]
    [InlineData("From: ann@old.example\r\nSender: eve@x.example\r\n\r\nz", "From: ann@new.example\r\n\r\nz")]
    [InlineData("From: ann@old.example\r\n\r\nz", "From: ann@new.example\r\n\r\nz")]
    public void A_sender_field_says_who_it_was(string content, string expected) =>
        Assert.Equal(expected, Run(new SubmissionRules(s_rewriter, FromRule.AddSender), Ann(), content).Content);

    [Theory]
    [InlineData("Subject: x\r\n\r\nz\r\n", "From: ann@new.example\r\nSubject: x\r\n\r\nz\r\n")]
    [InlineData("\r\nz\r\n", "From: ann@new.example\r\n\r\nz\r\n")]
    [InlineData("no field\r\n", "From: ann@new.example\r\n\r\nno field\r\n")]
    [InlineData("no line", "From: ann@new.example\r\n\r\nno line")]
    [InlineData(" folded\r\n", "From: ann@new.example\r\n\r\n folded\r\n")]
    [InlineData("", "From: ann@new.example\r\n\r\n")]
    [InlineData("Subject: x", "From: ann@new.example\r\nSubject: x")]
    public void A_from_field_is_added_where_there_is_none(string content, string expected) =>
        Assert.Equal((expected, SubmissionFault.None), Run(new SubmissionRules(s_rewriter, FromRule.Own), Ann(), content));

    [Fact]
    public void A_notification_has_nobody_to_name_as_its_author() =>
        Assert.Equal("Subject: x\r\n\r\n", Run(SubmissionRules.None, Ann("") with { Identity = null }, "Subject: x\r\n\r\n").Content);

    [Fact]
    public void A_header_section_without_end_is_refused_and_not_held_in_memory()
    {
        var rules = new SubmissionRules(s_rewriter, FromRule.Own) { MaximumHeader = 100 };
        var content = string.Concat(Enumerable.Repeat("X-A: b\r\n", 20)) + "\r\n";
        var filter = new SubmissionFilter(rules, Ann());
        var kept = 0;
        foreach (var piece in Encoding.ASCII.GetBytes(content).Chunk(10))
        {
            kept += filter.Feed(piece).Length;
        }

        kept += filter.Complete().Length;
        Assert.Equal((content.Length, SubmissionFault.HeaderTooLong), (kept, filter.Fault));
        Assert.Equal(552, SubmissionRules.Refusal(filter.Fault).Code);
    }

    [Theory]
    [InlineData("From: Ann <ann@old.example>,\r\n\tbob@old.example\r\nSubject: x\r\n y\r\n\r\nFrom: z\r\n")]
    [InlineData("Subject: x\r\nno field\r\n\r\n")]
    [InlineData("no header\r\n")]
    public void How_the_content_was_cut_does_not_tell(string content)
    {
        foreach (var from in Enum.GetValues<FromRule>())
        {
            var rules = new SubmissionRules(s_rewriter, from);
            var whole = Run(rules, Ann(), content);
            Assert.All(Enumerable.Range(1, content.Length), piece => Assert.Equal(whole, Run(rules, Ann(), content, piece)));
        }
    }

    [Fact]
    public void Whatever_a_field_holds_the_filter_ends_and_changes_nothing_that_it_need_not()
    {
        var piece = Gen.Elements(
            "<", ">", "@", ",", ";", ":", "(", ")", "\"", "\\", "[", "]", ".", " ", "\r\n ", "ann", "old.example", "ann@old.example", "é", "\0", "x");
        Prop.ForAll(
            piece.ListOf().Select(string.Concat).ToArbitrary(),
            body =>
            {
                var content = $"From: {body}\r\nSubject: x\r\n\r\ntext\r\n";
                var (kept, _) = Run(new SubmissionRules(s_rewriter, FromRule.Any), new Submitter(ReversePath.Null, null), content);
                return kept == content || kept.Contains("ann@new.example", StringComparison.Ordinal);
            }).Hold();
    }
}
