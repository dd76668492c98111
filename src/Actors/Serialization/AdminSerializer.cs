using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using MtaCluster.Actors.Admin;
using MtaCluster.Actors.Serialization.Proto;

namespace MtaCluster.Actors.Serialization;

/// <summary>The wire form of what admin actors ask each other. Manifests are kept for ever; one that is not listed is refused.</summary>
public sealed class AdminSerializer : WireSerializer
{
    private const string QueryManifest = "Q";
    private const string PartManifest = "A";
    private const string RefusedManifest = "R";

    /// <summary>Made by Akka.</summary>
    public AdminSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <inheritdoc/>
    public override int Identifier => 7003;

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        NodeQuery => QueryManifest,
        NodeAnswerPart => PartManifest,
        NodeQueryRefused => RefusedManifest,
        _ => throw new ArgumentException($"{o.GetType()} has no manifest here", nameof(o)),
    };

    /// <inheritdoc/>
    protected override IMessage ToWire(object message) => message switch
    {
        NodeQuery query => new NodeQueryProto { Name = query.Name, Arguments = ToProto(query.Arguments) },
        NodeAnswerPart part => new NodeAnswerPartProto { Part = part.Part, Parts = part.Parts, Octets = ToProto(part.Octets) },
        NodeQueryRefused refused => new NodeQueryRefusedProto { Reason = refused.Reason },
        _ => throw new ArgumentException($"{message.GetType()} has no wire form here", nameof(message)),
    };

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        QueryManifest => FromProto(NodeQueryProto.Parser.ParseFrom(bytes)),
        PartManifest => FromProto(NodeAnswerPartProto.Parser.ParseFrom(bytes)),
        RefusedManifest => new NodeQueryRefused(NodeQueryRefusedProto.Parser.ParseFrom(bytes).Reason),
        _ => throw new SerializationException($"unknown admin manifest '{manifest}'"),
    };

    private static NodeQuery FromProto(NodeQueryProto query) => new(query.Name, [.. query.Arguments.Span]);

    private static NodeAnswerPart FromProto(NodeAnswerPartProto part) => new(part.Part, part.Parts, [.. part.Octets.Span]);

    private static ByteString ToProto(ImmutableArray<byte> octets)
        => UnsafeByteOperations.UnsafeWrap(ImmutableCollectionsMarshal.AsArray(octets));
}
