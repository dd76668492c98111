using System.Collections.Immutable;
using MtaCluster.Actors.Spool;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

public sealed class PackedOptionsSpecs
{
    [Fact]
    public void What_was_asked_for_unpacks_as_it_was_and_so_does_the_envelope()
    {
        var random = new Random(11);
        for (var round = 0; round < 2_000; round++)
        {
            var accepted = Mail.Accepted(1, "a@example.net", "\u00fc@example.com") with { Options = Options(random), RecipientOptions = EachOf(random) };

            var message = new QueuedMessage(accepted);

            var (options, recipients) = message.Options();
            Assert.Equal(accepted.Options, options);
            Assert.Equal(accepted.RecipientOptions.AsEnumerable(), recipients);
            Assert.Equal(accepted.ReversePath, message.Envelope().ReversePath);
            Assert.Equal(accepted.Recipients.AsEnumerable(), message.Envelope().Recipients);
            Assert.Equal(accepted.Options.Priority, message.Priority);
            Assert.Equal(accepted.Options.HoldUntil?.ToUnixTimeMilliseconds() ?? 0, message.HoldUntilMilliseconds);
            Assert.Equal(accepted.Options.DeliverBy?.At.ToUnixTimeMilliseconds() ?? 0, message.DeliverByMilliseconds);
            Assert.Equal(accepted.Options.DeliverBy is { Mode: DeliverByMode.Return }, message.GivesUpInTime);
        }
    }

    [Fact]
    public void A_message_without_options_is_packed_as_if_there_were_none()
    {
        var message = Mail.Queued(1);

        Assert.False(message.HasOptions);
        Assert.Equal((MailOptions.None, 0), (message.Options().Options, message.Options().Recipients.Length));
        Assert.Equal((0, 0L, 0L, false), (message.Priority, message.HoldUntilMilliseconds, message.DeliverByMilliseconds, message.GivesUpInTime));
    }

    private static MailOptions Options(Random random) => new()
    {
        Body = (MailBodyType)random.Next(3),
        SmtpUtf8 = random.Next(2) == 0,
        RequireTls = random.Next(2) == 0,
        Return = (DsnReturn)random.Next(3),
        EnvelopeId = random.Next(3) switch { 0 => null, 1 => "", _ => "id " + random.Next() },
        DeliverBy = random.Next(2) == 0 ? null : new DeliverBy(Mail.Start.AddSeconds(random.Next()), (DeliverByMode)random.Next(2), random.Next(2) == 0),
        HoldUntil = random.Next(2) == 0 ? null : Mail.Start.AddSeconds(random.Next()),
        Priority = random.Next(-9, 10),
    };

    private static ImmutableArray<RecipientOptions> EachOf(Random random) => random.Next(3) == 0 ? [] : [One(random), One(random)];

    private static RecipientOptions One(Random random) => new()
    {
        Notify = (DsnNotify)random.Next(16),
        OriginalRecipient = random.Next(2) == 0 ? null : "utf-8;\u00f6" + random.Next(),
    };
}
