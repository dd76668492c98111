using System.Collections.Immutable;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Akka.TestKit.Xunit;
using Google.Protobuf;
using MtaCluster.Actors.Admin;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Rates;
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

    private static readonly LeaseHolding s_holding = new(7L << 32, 3, 1L << 45);
    private static readonly SuspensionDescription s_suspension = new("ops", "their request", s_time, null);

    private static readonly SpoolTransition.Accepted s_accepted = new(
        Mail.Id(7, 17), "s@example.org", ["a@example.net", "ü@example.com"], new BodyRef(3, 1L << 40, 4096), true, s_time);

    private static readonly MailOptions s_options = new()
    {
        Body = MailBodyType.BinaryMime,
        SmtpUtf8 = true,
        RequireTls = true,
        Return = DsnReturn.Headers,
        EnvelopeId = "QQ 314159",
        DeliverBy = new DeliverBy(s_time, DeliverByMode.Return, Trace: true),
        HoldUntil = s_time,
        Priority = -9,
    };

    private static readonly RecipientOptions s_recipientOptions = new()
    {
        Notify = DsnNotify.Success | DsnNotify.Delay,
        OriginalRecipient = "utf-8;\u00fc@example.com",
    };

    private static readonly SpoolTransition.Accepted s_acceptedWithOptions = s_accepted with
    {
        Options = s_options,
        RecipientOptions = [RecipientOptions.None, s_recipientOptions],
    };

    private static readonly MessageDescription s_description = new(
        Mail.Id(7),
        "s@example.org",
        4096,
        s_time,
        QueueStatus.Waiting,
        [new RecipientDescription("a@example.net", true, 3, null, s_reply), new RecipientDescription("b@example.net", false, 0, s_time, null)]);

    private static readonly Dictionary<string, object> s_samples = new()
    {
        ["request allowance"] = new RequestAllowance(RateKey.Connections("2001:db8::/64"), 7, 3, new Rate(100, TimeSpan.FromMinutes(1))),
        ["allowance granted"] = new AllowanceGranted(7, 2, TimeSpan.FromSeconds(1)),
        ["nothing granted"] = new AllowanceGranted(8, 0, TimeSpan.FromTicks(1)),
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
        ],
        null),
        ["spool snapshot with account"] = new SpoolSnapshot(
        [
            new SnapshotMessage(s_accepted, true, [new SnapshotRecipient(true, 3, 0, s_reply), new SnapshotRecipient(false, 0, 5, null)]),
        ],
        new SpoolAccount(9, 20, 10, 3, 1)),
        ["spool event with options"] = new SpoolEvent([s_acceptedWithOptions, s_accepted with { Options = new MailOptions { Return = DsnReturn.Full } }]),
        ["spool snapshot with options"] = new SpoolSnapshot([new SnapshotMessage(s_acceptedWithOptions, false, [])], new SpoolAccount(1, 2, 0, 0, 0)),
        ["enqueue with options"] = new EnqueueMessage(SpoolWire.ToSubmitted(SpoolWire.ToProto(
            Mail.Submitted(7) with { Options = s_options, RecipientOptions = [s_recipientOptions] }))),
        ["message shown with options"] = new MessageShown(Mail.Id(7), "node-a", s_description with
        {
            Options = s_options,
            Recipients = [s_description.Recipients[0] with { Options = s_recipientOptions }, s_description.Recipients[1]],
        }),
        ["in doubt"] = new EnqueueInDoubt(Mail.Id(7)),
        ["list messages"] = new ListMessages(17, new QueueFilter("example.net", "", "a@example.net", QueueStatus.Parked, s_time, 50)),
        ["summarize"] = new SummarizeQueue(17, new QueueFilter()),
        ["flush"] = new FlushMessages(17, new QueueFilter(Sender: "s@example.org")),
        ["get message"] = new GetMessage(Mail.Id(7)),
        ["get ledger"] = new GetLedger(17),
        ["get bodies"] = new GetBodiesHeld(17, 3L << 48),
        ["messages listed"] = new MessagesListed(17, "node-a", 200, [s_description]),
        ["message shown"] = new MessageShown(Mail.Id(7), "node-a", s_description),
        ["no message shown"] = new MessageShown(Mail.Id(7), "node-a", null),
        ["queue summarized"] = new QueueSummarized(17, "node-a", 9, [new DomainSummary("example.net", 12, 1L << 40, s_time, null, s_reply)]),
        ["flushed"] = new MessagesFlushed(17, "node-a", 9),
        ["ledger"] = new SpoolLedger(17, "node-a", 9, 20, 10, 3, 1, 4, 6, [Mail.Id(8)]),
        ["bodies held"] = new BodiesHeld(17, ImmutableDictionary<long, int>.Empty.Add(3L << 48, 2), 3L << 48, [5, 1L << 62], 99),
        ["enqueue"] = new EnqueueMessage(SpoolWire.ToSubmitted(SpoolWire.ToProto(Mail.Submitted(7)))),
        ["enqueued"] = new MessageEnqueued(Mail.Id(7)),
        ["refused"] = new EnqueueRefused(Mail.Id(7), s_reply),
        ["withdraw"] = new WithdrawMessage(Mail.Id(7)),
        ["ensure started"] = new EnsureSpoolStarted(17),
        ["ensure started and say so"] = new EnsureSpoolStarted(17, Confirm: true),
        ["spool started"] = new SpoolStarted(17),
        ["stop spool"] = StopSpool.Instance,
        ["backed off"] = new DestinationEvent.BackedOff(3, s_time, "connection refused"),
        ["recovered"] = new DestinationEvent.Recovered(),
        ["rate used"] = new DestinationEvent.RateUsed(s_time.AddTicks(7)),
        ["destination snapshot"] = new DestinationSnapshot([new DestinationEvent.BackedOff(1, s_time, ""), new DestinationEvent.RateUsed(s_time)]),
        ["request lease"] = new RequestLease(s_destination, "node-a", 5, 100),
        ["lease"] = new LeaseGranted(s_destination, 1L << 50, 5, long.MaxValue, TimeSpan.FromSeconds(5), s_time, 0),
        ["lease without back-off"] = new LeaseGranted(s_destination, 1, 0, 0, TimeSpan.FromSeconds(5), null, 0),
        ["node query"] = new NodeQuery("regions", [.. "{\"a\":1}"u8]),
        ["node query without arguments"] = new NodeQuery("regions", []),
        ["node answer part"] = new NodeAnswerPart(1, 3, [.. "[true]"u8]),
        ["node query refused"] = new NodeQueryRefused("another version"),
        ["connect failure"] = new ReportConnectFailure(s_destination, "node-a", "refused"),
        ["connect success"] = new ReportConnectSuccess(s_destination, "node-a", 5, 100),
        ["request lease, holding one"] = new RequestLease(s_destination, "node-a", 5, 100, s_holding),
        ["connect failure, holding a lease"] = new ReportConnectFailure(s_destination, "node-a", "refused", s_holding),
        ["connect success, holding a lease"] = new ReportConnectSuccess(s_destination, "node-a", 5, 100, s_holding),
        ["lease of a suspended destination"] = new LeaseGranted(s_destination, 7L << 32, 0, 0, TimeSpan.FromSeconds(5), null, s_holding.AskedAt, s_suspension),
        ["epoch began"] = new DestinationEvent.EpochBegan(1L << 33),
        ["shares changed"] = new DestinationEvent.SharesChanged([new NodeShare("node-a", 5), new NodeShare("node-b", 0)]),
        ["suspended"] = new DestinationEvent.Suspended("ops", "their request", s_time, s_time.AddHours(1)),
        ["suspended for good"] = new DestinationEvent.Suspended("ops", "their request", s_time, null),
        ["resumed"] = new DestinationEvent.Resumed("ops", s_time),
        ["suspend"] = new SuspendDestination(s_destination, "ops", "their request", s_time),
        ["suspend for good"] = new SuspendDestination(s_destination, "ops", "their request", null),
        ["resume"] = new ResumeDestination(s_destination, "ops"),
        ["get destination"] = new GetDestination(s_destination),
        ["destination"] = new DestinationDescription(
            s_destination, "node-a", 20, "100/m", 3, s_time, "connection refused", s_suspension, [new LeaseDescription(7L << 32, "node-b", 5, s_time)]),
        ["destination without anything"] = new DestinationDescription(s_destination, "node-a", 20, null, 0, null, null, null, []),
    };

    public static TheoryData<string> Samples => [.. s_samples.Keys];

    [Theory]
    [MemberData(nameof(Samples))]
    public void It_is_written_by_our_serializer_as_it_always_was(string name)
        => GoldenBytes.AssertWritten(name, s_samples[name], SerializerOf(s_samples[name]));

    [Theory]
    [MemberData(nameof(Samples))]
    public void What_was_written_once_reads_as_it_was(string name)
    {
        var read = GoldenBytes.Read(name, SerializerOf(s_samples[name]));

        // Equality of records does not reach into arrays.
        Assert.Equal(s_samples[name].GetType(), read.GetType());
        Assert.Equivalent(s_samples[name], read, strict: true);
    }

    [Fact]
    public void Every_type_that_is_journaled_or_sent_has_a_sample_and_our_serializer()
    {
        var types = typeof(SpoolEvent).Assembly.GetTypes().Where(type => !type.IsAbstract && (
            typeof(ISpoolCommand).IsAssignableFrom(type) || typeof(IDestinationCommand).IsAssignableFrom(type)
            || typeof(INodeQueryMessage).IsAssignableFrom(type) || typeof(IRateCommand).IsAssignableFrom(type) || type == typeof(AllowanceGranted)
            || typeof(DestinationEvent).IsAssignableFrom(type)
            || type == typeof(SpoolEvent) || type == typeof(SpoolSnapshot) || type == typeof(DestinationSnapshot)
            || typeof(ISpoolAnswer).IsAssignableFrom(type) || type == typeof(EnqueueInDoubt) || type == typeof(DestinationDescription)
            || type == typeof(MessageEnqueued) || type == typeof(EnqueueRefused) || type == typeof(StopSpool) || type == typeof(SpoolStarted) || type == typeof(LeaseGranted)));

        Assert.All(types, type =>
        {
            Assert.Contains(s_samples.Values, sample => sample.GetType() == type);
            Assert.InRange(Sys.Serialization.FindSerializerForType(type).Identifier, 7001, 7005);
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
        Assert.Throws<SerializationException>(() => SerializerOf(new NodeQueryRefused("")).FromBinary([], manifest));
        Assert.Throws<SerializationException>(() => SerializerOf(new AllowanceGranted(0, 0, default)).FromBinary([], manifest));
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
        foreach (var accepted in (AcceptedProto[])
            [
                new() { Id = new QueueIdProto(), Body = new BodyRefProto(), Options = new MailOptionsProto { Body = 3 } },
                new() { Id = new QueueIdProto(), Body = new BodyRefProto(), Options = new MailOptionsProto { Return = 3 } },
                new() { Id = new QueueIdProto(), Body = new BodyRefProto(), Options = new MailOptionsProto { DeliverBy = new DeliverByProto { Mode = 2 } } },
                new() { Id = new QueueIdProto(), Body = new BodyRefProto(), RecipientOptions = { new RecipientOptionsProto { Notify = 16 } } },
            ])
        {
            Assert.Throws<SerializationException>(() => SerializerOf(StopSpool.Instance).FromBinary(accepted.ToByteArray(), "Q"));
        }

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
        Assert.Throws<ArgumentException>(() => SerializerOf(new NodeQueryRefused("")).ToBinary("text"));
        Assert.Throws<ArgumentException>(() => SerializerOf(new NodeQueryRefused("")).Manifest("text"));
        Assert.Throws<ArgumentException>(() => SerializerOf(new AllowanceGranted(0, 0, default)).ToBinary("text"));
        Assert.Throws<ArgumentException>(() => SerializerOf(new AllowanceGranted(0, 0, default)).Manifest("text"));
    }

    [Fact]
    public void A_request_for_nothing_is_refused()
    {
        var request = new RequestAllowanceProto { Kind = "connections", Subject = "a", Number = 1, Count = 0, Period = 1, Wanted = 1 }.ToByteArray();

        Assert.Throws<SerializationException>(() => SerializerOf(new AllowanceGranted(0, 0, default)).FromBinary(request, "Q"));
    }

    private SerializerWithStringManifest SerializerOf(object sample) => (SerializerWithStringManifest)Sys.Serialization.FindSerializerFor(sample);
}
