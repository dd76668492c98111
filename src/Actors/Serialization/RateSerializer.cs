using System.Runtime.Serialization;
using Akka.Actor;
using Google.Protobuf;
using MtaCluster.Actors.Rates;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Serialization.Proto;

namespace MtaCluster.Actors.Serialization;

/// <summary>The wire form of what nodes ask the books of rates. Manifests are kept for ever; one that is not listed is refused.</summary>
public sealed class RateSerializer : WireSerializer
{
    private const string RequestManifest = "Q";
    private const string GrantedManifest = "G";

    /// <summary>Made by Akka.</summary>
    public RateSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <inheritdoc/>
    public override int Identifier => 7005;

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        RequestAllowance => RequestManifest,
        AllowanceGranted => GrantedManifest,
        _ => throw new ArgumentException($"{o.GetType()} has no manifest here", nameof(o)),
    };

    /// <inheritdoc/>
    protected override IMessage ToWire(object message) => message switch
    {
        RequestAllowance request => new RequestAllowanceProto
        {
            Kind = request.Key.Kind,
            Subject = request.Key.Subject,
            Number = request.Number,
            Wanted = request.Wanted,
            Count = request.Rate.Count,
            Period = request.Rate.Period.Ticks,
        },
        AllowanceGranted granted => new AllowanceGrantedProto { Number = granted.Number, Granted = granted.Granted, RetryAfter = granted.RetryAfter.Ticks },
        _ => throw new ArgumentException($"{message.GetType()} has no wire form here", nameof(message)),
    };

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        RequestManifest => FromProto(RequestAllowanceProto.Parser.ParseFrom(bytes)),
        GrantedManifest => FromProto(AllowanceGrantedProto.Parser.ParseFrom(bytes)),
        _ => throw new SerializationException($"unknown rate manifest '{manifest}'"),
    };

    private static RequestAllowance FromProto(RequestAllowanceProto proto) => proto is { Count: > 0, Period: > 0, Wanted: > 0 }
        ? new RequestAllowance(
            new RateKey(proto.Kind, proto.Subject), proto.Number, proto.Wanted, new Rate(proto.Count, TimeSpan.FromTicks(proto.Period)))
        : throw new SerializationException("a request for an allowance of nothing");

    private static AllowanceGranted FromProto(AllowanceGrantedProto proto) => new(proto.Number, proto.Granted, TimeSpan.FromTicks(proto.RetryAfter));
}
