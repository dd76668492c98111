using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;
using MtaCluster.Protocol.Smtp.Client;
using Xunit;

namespace MtaCluster.Protocol.Tests.Delivery;

public sealed class ReplyClassificationSpecs
{
    [Theory]
    [InlineData(SmtpClientStage.Greeting, 450, OutcomeKind.Deferred, FailureScope.Session)]
    [InlineData(SmtpClientStage.Greeting, 521, OutcomeKind.Deferred, FailureScope.Session)]
    [InlineData(SmtpClientStage.Greeting, 554, OutcomeKind.Deferred, FailureScope.Session)]
    [InlineData(SmtpClientStage.Ehlo, 451, OutcomeKind.Deferred, FailureScope.Session)]
    [InlineData(SmtpClientStage.Helo, 550, OutcomeKind.Deferred, FailureScope.Session)]
    [InlineData(SmtpClientStage.Reset, 500, OutcomeKind.Deferred, FailureScope.Session)]
    [InlineData(SmtpClientStage.Mail, 421, OutcomeKind.Deferred, FailureScope.Session)]
    [InlineData(SmtpClientStage.Mail, 451, OutcomeKind.Deferred, FailureScope.Message)]
    [InlineData(SmtpClientStage.Mail, 552, OutcomeKind.Bounced, FailureScope.Message)]
    [InlineData(SmtpClientStage.Mail, 550, OutcomeKind.Bounced, FailureScope.Message)]
    [InlineData(SmtpClientStage.Recipient, 421, OutcomeKind.Deferred, FailureScope.Session)]
    [InlineData(SmtpClientStage.Recipient, 450, OutcomeKind.Deferred, FailureScope.Recipient)]
    [InlineData(SmtpClientStage.Recipient, 452, OutcomeKind.Deferred, FailureScope.Recipient)]
    [InlineData(SmtpClientStage.Recipient, 550, OutcomeKind.Bounced, FailureScope.Recipient)]
    [InlineData(SmtpClientStage.Recipient, 552, OutcomeKind.Deferred, FailureScope.Recipient)]
    [InlineData(SmtpClientStage.Recipient, 556, OutcomeKind.Bounced, FailureScope.Recipient)]
    [InlineData(SmtpClientStage.Recipient, 354, OutcomeKind.Deferred, FailureScope.Session)]
    [InlineData(SmtpClientStage.Data, 451, OutcomeKind.Deferred, FailureScope.Message)]
    [InlineData(SmtpClientStage.Data, 554, OutcomeKind.Bounced, FailureScope.Message)]
    [InlineData(SmtpClientStage.Data, 250, OutcomeKind.Deferred, FailureScope.Session)]
    [InlineData(SmtpClientStage.Content, 552, OutcomeKind.Bounced, FailureScope.Message)]
    [InlineData(SmtpClientStage.Content, 250, OutcomeKind.Deferred, FailureScope.Session)]
    [InlineData(SmtpClientStage.FinalDot, 250, OutcomeKind.Delivered, FailureScope.None)]
    [InlineData(SmtpClientStage.FinalDot, 421, OutcomeKind.Deferred, FailureScope.Session)]
    [InlineData(SmtpClientStage.FinalDot, 451, OutcomeKind.Deferred, FailureScope.Message)]
    [InlineData(SmtpClientStage.FinalDot, 554, OutcomeKind.Bounced, FailureScope.Message)]
    [InlineData(SmtpClientStage.FinalDot, 354, OutcomeKind.Deferred, FailureScope.Session)]
    public void A_reply_means_what_the_table_says(SmtpClientStage stage, int code, OutcomeKind kind, FailureScope scope)
    {
        var reply = new SmtpReply(code, null, "text");
        var outcome = ReplyClassification.Classify(stage, reply);
        Assert.Equal((kind, scope), (outcome.Kind, outcome.Scope));
    }

    [Theory]
    [InlineData(451, OutcomeKind.Deferred)]
    [InlineData(552, OutcomeKind.Bounced)]
    public void A_reply_to_the_dot_for_one_recipient_holds_for_it_alone(int code, OutcomeKind kind)
    {
        var outcome = ReplyClassification.Classify(SmtpClientStage.FinalDot, new SmtpReply(code, null, "text"), perRecipient: true);
        Assert.Equal((kind, FailureScope.Recipient), (outcome.Kind, outcome.Scope));
    }

    [Theory]
    [InlineData("5.5.3", OutcomeKind.Deferred)]
    [InlineData("5.2.2", OutcomeKind.Bounced)]
    public void The_enhanced_code_tells_too_many_recipients_from_a_full_mailbox(string enhanced, OutcomeKind kind)
    {
        Assert.True(EnhancedStatusCode.TryParse(enhanced, out var code));
        var outcome = ReplyClassification.Classify(SmtpClientStage.Recipient, new SmtpReply(552, code, "text"));
        Assert.Equal(kind, outcome.Kind);
    }

    [Fact]
    public void Every_stage_has_a_meaning_for_every_code()
    {
        foreach (var stage in Enum.GetValues<SmtpClientStage>())
        {
            Assert.NotEmpty(stage.Describe());
            for (var code = 200; code < 600; code++)
            {
                var outcome = ReplyClassification.Classify(stage, new SmtpReply(code, null, "text"));
                Assert.Equal(outcome.Kind == OutcomeKind.Delivered, stage == SmtpClientStage.FinalDot && code < 300);
                Assert.Equal(outcome.Kind == OutcomeKind.Delivered, outcome.Scope == FailureScope.None);
                Assert.True(outcome.Kind != OutcomeKind.Bounced || code >= 500, "only a 5xx may bounce");
            }
        }
    }
}
