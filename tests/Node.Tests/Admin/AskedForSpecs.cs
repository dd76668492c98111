using MtaCluster.Node.Admin;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Node.Tests.Admin;

public sealed class AskedForSpecs
{
    [Fact]
    public void Everything_that_was_asked_for_is_told_in_the_words_of_the_parameters()
    {
        var time = new DateTimeOffset(2030, 1, 2, 5, 4, 5, TimeSpan.FromHours(2));
        var options = new MailOptions
        {
            Body = MailBodyType.BinaryMime,
            SmtpUtf8 = true,
            RequireTls = true,
            Return = DsnReturn.Headers,
            EnvelopeId = "QQ1",
            DeliverBy = new DeliverBy(time, DeliverByMode.Return, Trace: true),
            HoldUntil = time,
            Priority = -3,
        };

        Assert.Equal(
            "BODY=BINARYMIME SMTPUTF8 REQUIRETLS RET=HDRS ENVID=QQ1 BY=2030-01-02T03:04:05Z;RT HOLDUNTIL=2030-01-02T03:04:05Z MT-PRIORITY=-3",
            AskedFor.Describe(options));
        Assert.Equal(
            "NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a@b",
            AskedFor.Describe(new RecipientOptions { Notify = DsnNotify.Success | DsnNotify.Delay, OriginalRecipient = "rfc822;a@b" }));
    }

    [Fact]
    public void Nothing_is_nothing()
    {
        Assert.Null(AskedFor.Describe(MailOptions.None));
        Assert.Null(AskedFor.Describe(RecipientOptions.None));
    }
}
