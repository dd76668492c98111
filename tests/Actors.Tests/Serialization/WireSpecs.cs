using System.Collections.Immutable;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Akka.TestKit.Xunit;
using Google.Protobuf;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Serialization;
using MtaCluster.Actors.Serialization.Proto;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Storage;
using MtaCluster.Actors.Tests.Spool;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Actors.Tests.Serialization;

/// <summary>What is journaled and sent keeps its form for ever: a change to any octets in GoldenBytes.txt would make old journals unreadable.</summary>
public sealed class WireSpecs() : TestKit(WireConfiguration.Hocon)
{
    private static readonly DestinationKey s_destination = new("(mx1|mx2).example.net", "example.org");
    private static readonly SmtpReply s_reply = new(450, new EnhancedStatusCode(4, 2, 999), ["first", "second"]);
    private static readonly DateTimeOffset s_time = new(2030, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    private static readonly SpoolTransition.Accepted s_accepted = new(
        Mail.Id(7, 17), "s@example.org", ["a@example.net", "ü@example.com"], new BodyRef(3, 1L << 40, 4096), true, s_time);

    private static readonly Dictionary<string, object> s_samples = new()
    {
        ["spool event"] = new SpoolEvent(
        [
            new SpoolTransition.Opened("node-a", s_time),
            s_accepted,
            new SpoolTransition.Attempted(Mail.Id(7, 17),
            [
                new RecipientTransition(0, OutcomeKind.Delivered, new SmtpReply(250, null, "ok"), DateTimeOffset.UnixEpoch),
                new RecipientTransition(1, OutcomeKind.Deferred, s_reply, s_time),
                new RecipientTransition(2, OutcomeKind.Bounced, Mail.Unknown, DateTimeOffset.UnixEpoch),
            ]),
            new SpoolTransition.DelayWarned(Mail.Id(8)),
            new SpoolTransition.Withdrawn(Mail.Id(9)),
        ]),
        ["spool snapshot"] = new SpoolSnapshot(
        [
            new SnapshotMessage(s_accepted, true, [new SnapshotRecipient(true, 3, 0, s_reply), new SnapshotRecipient(false, 0, 5, null)]),
        ]),
        ["enqueue"] = new EnqueueMessage(SpoolWire.ToSubmitted(SpoolWire.ToProto(Mail.Submitted(7)))),
        ["enqueued"] = new MessageEnqueued(Mail.Id(7)),
        ["refused"] = new EnqueueRefused(Mail.Id(7), s_reply),
        ["withdraw"] = new WithdrawMessage(Mail.Id(7)),
        ["ensure started"] = new EnsureSpoolStarted(17),
        ["stop spool"] = StopSpool.Instance,
        ["backed off"] = new DestinationEvent.BackedOff(3, s_time, "connection refused"),
        ["recovered"] = new DestinationEvent.Recovered(),
        ["rate used"] = new DestinationEvent.RateUsed(s_time.AddTicks(7)),
        ["destination snapshot"] = new DestinationSnapshot([new DestinationEvent.BackedOff(1, s_time, ""), new DestinationEvent.RateUsed(s_time)]),
        ["request lease"] = new RequestLease(s_destination, "node-a", 5, 100),
        ["lease"] = new LeaseGranted(s_destination, 1L << 50, 5, long.MaxValue, TimeSpan.FromSeconds(5), s_time),
        ["lease without back-off"] = new LeaseGranted(s_destination, 1, 0, 0, TimeSpan.FromSeconds(5), null),
        ["connect failure"] = new ReportConnectFailure(s_destination, "node-a", "refused"),
        ["connect success"] = new ReportConnectSuccess(s_destination, "node-a", 5, 100),
    };

    public static TheoryData<string> Samples => [.. s_samples.Keys];

    [Theory]
    [MemberData(nameof(Samples))]
    public void It_is_written_by_our_serializer_as_it_always_was(string name)
    {
        var golden = Golden();
        var serializer = SerializerOf(s_samples[name]);

        var written = serializer.Manifest(s_samples[name]) + " " + Convert.ToHexStringLower(serializer.ToBinary(s_samples[name]));

        Assert.True(golden.TryGetValue(name, out var expected), $"{name}: {written}");
        Assert.Equal(expected, written);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void What_was_written_once_reads_as_it_was(string name)
    {
        var (manifest, hex) = (Golden()[name].Split(' ')[0], Golden()[name].Split(' ')[1]);

        var read = SerializerOf(s_samples[name]).FromBinary(Convert.FromHexString(hex), manifest);

        // Equality of records does not reach into arrays.
        Assert.Equal(s_samples[name].GetType(), read.GetType());
        Assert.Equivalent(s_samples[name], read, strict: true);
    }

    [Fact]
    public void Every_type_that_is_journaled_or_sent_has_a_sample_and_our_serializer()
    {
        var types = typeof(SpoolEvent).Assembly.GetTypes().Where(type => !type.IsAbstract && (
            typeof(ISpoolCommand).IsAssignableFrom(type) || typeof(IDestinationCommand).IsAssignableFrom(type)
            || typeof(DestinationEvent).IsAssignableFrom(type)
            || type == typeof(SpoolEvent) || type == typeof(SpoolSnapshot) || type == typeof(DestinationSnapshot)
            || type == typeof(MessageEnqueued) || type == typeof(EnqueueRefused) || type == typeof(StopSpool) || type == typeof(LeaseGranted)));

        Assert.All(types, type =>
        {
            Assert.Contains(s_samples.Values, sample => sample.GetType() == type);
            Assert.InRange(Sys.Serialization.FindSerializerForType(type).Identifier, 7001, 7002);
        });
    }

    [Fact]
    public void Every_transition_of_a_spool_has_a_sample()
    {
        var samples = ((SpoolEvent)s_samples["spool event"]).Transitions.Select(transition => transition.GetType()).ToHashSet();

        Assert.Equal(typeof(SpoolTransition).GetNestedTypes().ToHashSet(), samples);
    }

    [Fact]
    public void Every_other_message_of_the_actors_says_that_it_stays_on_its_node()
    {
        var messages = typeof(SpoolEvent).Assembly.GetTypes().Where(type => type is { IsAbstract: false, IsNestedPrivate: true }
            && type.DeclaringType is { } actor && typeof(ActorBase).IsAssignableFrom(actor)
            && type.GetMethod("<Clone>$") is not null);

        Assert.All(messages, type => Assert.True(typeof(INoSerializationVerificationNeeded).IsAssignableFrom(type), type.FullName));
    }

    [Theory]
    [InlineData("Z")]
    [InlineData("")]
    [InlineData("e")]
    public void An_unknown_manifest_is_refused(string manifest)
    {
        Assert.Throws<SerializationException>(() => SerializerOf(StopSpool.Instance).FromBinary([], manifest));
        Assert.Throws<SerializationException>(() => SerializerOf(new DestinationEvent.Recovered()).FromBinary([], manifest));
    }

    [Fact]
    public void A_transition_an_event_or_an_outcome_of_a_later_version_is_refused()
    {
        var spool = new SpoolEventProto { Transitions = { new TransitionProto() } }.ToByteArray();
        var outcome = new SpoolEventProto
        {
            Transitions =
            {
                new TransitionProto
                {
                    Attempted = new AttemptedProto { Id = new QueueIdProto(), Recipients = { new RecipientProto { Kind = 3, Reply = new ReplyProto() } } },
                },
            },
        }.ToByteArray();

        Assert.Throws<SerializationException>(() => SerializerOf(StopSpool.Instance).FromBinary(spool, "E"));
        Assert.Throws<SerializationException>(() => SerializerOf(StopSpool.Instance).FromBinary(outcome, "E"));
        Assert.Throws<SerializationException>(() => SerializerOf(new DestinationEvent.Recovered()).FromBinary([], "E"));
        Assert.Throws<SerializationException>(() => SerializerOf(new DestinationEvent.Recovered()).FromBinary([], "Q"));
    }

    [Fact]
    public void What_is_not_of_this_protocol_is_not_written()
    {
        Assert.Throws<ArgumentException>(() => SerializerOf(StopSpool.Instance).ToBinary("text"));
        Assert.Throws<ArgumentException>(() => SerializerOf(StopSpool.Instance).Manifest("text"));
        Assert.Throws<ArgumentException>(() => SerializerOf(new DestinationEvent.Recovered()).ToBinary("text"));
        Assert.Throws<ArgumentException>(() => SerializerOf(new DestinationEvent.Recovered()).Manifest("text"));
    }

    private SerializerWithStringManifest SerializerOf(object sample) => (SerializerWithStringManifest)Sys.Serialization.FindSerializerFor(sample);

    private static ImmutableDictionary<string, string> Golden()
    {
        using var stream = typeof(WireSpecs).Assembly.GetManifestResourceStream(typeof(WireSpecs), "GoldenBytes.txt")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(": ", 2))
            .ToImmutableDictionary(parts => parts[0], parts => parts[1]);
    }
}
