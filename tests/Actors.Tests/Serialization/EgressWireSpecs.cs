using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Akka.TestKit.Xunit;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Serialization;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Storage;
using MtaCluster.Actors.Telemetry;
using MtaCluster.Actors.Tests.Destination;
using MtaCluster.Actors.Tests.Spool;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Actors.Tests.Serialization;

/// <summary>What spools and dispatchers of different nodes, and of different versions, say to each other: a change to any octets in GoldenBytes.txt would part them.</summary>
public sealed class EgressWireSpecs() : TestKit(WireConfiguration.Hocon)
{
    private static readonly IActorRef s_spool = new NamedRef(new RootActorPath(new Address("akka", "test")) / "user" / "spool-3");
    private static readonly DateTimeOffset s_time = new(2030, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
    private static readonly SmtpReply s_reply = new(450, new EnhancedStatusCode(4, 2, 999), ["first", "second"]);

    private static readonly DeliveryTarget s_target = new(
        new DestinationKey("(mx1|mx2).example.net", "example.org"),
        new HopPlan([new MxHost("mx1.example.net", 10), new MxHost("mx2.example.net", 20)], 2525, Lmtp: true, "/run/lmtp") { IsConfigured = true });

    private static readonly OfferSettled s_settled = new(
        Mail.Id(7, 17),
        s_target,
        [
            new RecipientOutcome(OutcomeKind.Delivered, FailureScope.None, Mail.Taken),
            new RecipientOutcome(OutcomeKind.Deferred, FailureScope.Recipient, s_reply),
            new RecipientOutcome(OutcomeKind.Bounced, FailureScope.Message, Mail.Unknown),
            new RecipientOutcome(OutcomeKind.Deferred, FailureScope.Session, Mail.Busy),
        ],
        new DeliveryPath("out-1", "mx1.example.net[192.0.2.1:2525]", "TLSv1.3", new DeliveryDelays(TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(2), TimeSpan.FromTicks(3))))
    {
        HandedOn = HandedOn.Notifications | HandedOn.DeliverBy,
    };

    private static readonly Dictionary<string, object> s_samples = new()
    {
        ["offer"] = new DeliveryOffer(
            Mail.Id(7, 17), s_target, "s@example.org", ["a@example.net", "\u00fc@example.com"], new BodyRef(3, 1L << 40, 4096), true, s_time, s_spool),
        ["offer with options"] = new DeliveryOffer(Mail.Id(7), s_target, "", ["a@example.net"], new BodyRef(3, 5, 12), false, s_time, s_spool)
        {
            Options = new MailOptions { SmtpUtf8 = true, EnvelopeId = "QQ 314159", Priority = -9 },
            RecipientOptions = [new RecipientOptions { Notify = DsnNotify.Success | DsnNotify.Delay, OriginalRecipient = "rfc822;b@example.net" }],
        },
        ["settled"] = s_settled,
        ["settled without a path"] = s_settled with { Path = DeliveryPath.None, HandedOn = HandedOn.None },
        ["offer parked"] = new OfferParked(Mail.Id(7, 17), s_target, s_reply),
        ["mail parked"] = new MailParked(s_target, s_spool),
        ["demand"] = new MailDemand(s_target.Key, 300),
        ["supplied"] = new MailSupplied(300, true),
        ["outcome recorded"] = new OutcomeRecorded(Mail.Id(7, 17)),
        ["recall"] = new RecallMail(s_spool),
        ["claim"] = new ClaimOutcomes(17, s_spool),
        ["outcome left"] = new LeftOutcome(["a@example.net", "b@example.net", "c@example.net", "d@example.net"], s_settled),
        ["claimed"] = new OutcomesClaimed(17, [Mail.Id(7, 17), Mail.Id(8, 17)]),
    };

    public static TheoryData<string> Samples => [.. s_samples.Keys];

    private EgressSerializer Serializer => (EgressSerializer)Sys.Serialization.FindSerializerForType(typeof(DeliveryOffer));

    [Theory]
    [MemberData(nameof(Samples))]
    public void It_is_written_as_it_always_was(string name)
    {
        Assert.Same(Serializer, Sys.Serialization.FindSerializerFor(s_samples[name]));
        GoldenBytes.AssertWritten(name, s_samples[name], Serializer);
    }

    // Not compared with the sample: an actor's reference is another object at the other end, though it says the same.
    [Theory]
    [MemberData(nameof(Samples))]
    public void What_was_written_once_reads_as_it_was(string name)
    {
        var read = GoldenBytes.Read(name, Serializer);

        Assert.Equal(s_samples[name].GetType(), read.GetType());
        GoldenBytes.AssertWritten(name, read, Serializer);
    }

    [Fact]
    public void Every_manifest_has_a_sample()
    {
        var manifests = s_samples.Values.Select(Serializer.Manifest).ToHashSet();
        foreach (var manifest in Enumerable.Range('A', 26).Select(letter => ((char)letter).ToString()).Where(manifest => !manifests.Contains(manifest)))
        {
            Assert.Throws<SerializationException>(() => Serializer.FromBinary([], manifest));
        }
    }

    [Fact]
    public void What_is_not_of_this_protocol_is_not_written()
    {
        Assert.Throws<ArgumentException>(() => Serializer.ToBinary("text"));
        Assert.Throws<ArgumentException>(() => Serializer.Manifest("text"));
    }
}
