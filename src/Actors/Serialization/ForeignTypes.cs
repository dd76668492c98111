using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch.SysMsg;
using Akka.Remote.Serialization;
using Akka.Serialization;

namespace MtaCluster.Actors.Serialization;

/// <summary>
/// Refuses types that are not of our protocols, in both directions. Akka's own defaults would build whatever type a peer names: through JSON,
/// through a protobuf class, through an actor to be deployed here, through an exception. Who could reach the port could run code. What never
/// leaves a node is not serialized, and is not affected.
/// </summary>
public static class ForeignTypes
{
    /// <summary>The settings that put the refusals in the places of Akka's serializers. In HOCON.</summary>
    public const string Hocon = """
        akka.log-serializer-override-on-start = off
        akka.actor.serializers {
          json = "MtaCluster.Actors.Serialization.UnknownTypeSerializer, MtaCluster.Actors"
          proto = "MtaCluster.Actors.Serialization.AnyProtobufSerializer, MtaCluster.Actors"
          daemon-create = "MtaCluster.Actors.Serialization.RemoteDeploymentSerializer, MtaCluster.Actors"
          akka-misc = "MtaCluster.Actors.Serialization.GuardedMiscSerializer, MtaCluster.Actors"
          akka-system-msg = "MtaCluster.Actors.Serialization.GuardedSystemMessageSerializer, MtaCluster.Actors"
        }
        """;
}

/// <summary>Refuses everything. The number is that of the serializer whose place it takes, so that what a peer wrote with that one is refused, too.</summary>
public abstract class RefusingSerializer : Serializer
{
    private readonly string _what;

    private protected RefusingSerializer(ExtendedActorSystem system, int identifier, string what)
        : base(system)
    {
        Identifier = identifier;
        _what = what;
    }

    /// <inheritdoc/>
    public override int Identifier { get; }

    /// <inheritdoc/>
    public override bool IncludeManifest => false;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => throw new SerializationException($"{obj.GetType()} does not leave this node: {_what}");

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, Type type) => throw new SerializationException($"Refused what a peer sent: {_what}");
}

/// <summary>Bound to <see cref="object"/>: for types that have no serializer of their own. In the place of JSON.</summary>
public sealed class UnknownTypeSerializer : RefusingSerializer
{
    /// <summary>Made by Akka, which has settings for JSON.</summary>
    public UnknownTypeSerializer(ExtendedActorSystem system, Config settings)
        : base(system, 1, "it is of no protocol of the cluster")
    {
        _ = settings;
    }
}

/// <summary>In the place of the serializer that makes any protobuf class that a peer names.</summary>
/// <remarks>Made by Akka.</remarks>
public sealed class AnyProtobufSerializer(ExtendedActorSystem system)
    : RefusingSerializer(system, 2, "protobuf without a protocol of the cluster around it");

/// <summary>In the place of the serializer for actors that a peer deploys here.</summary>
/// <remarks>Made by Akka.</remarks>
public sealed class RemoteDeploymentSerializer(ExtendedActorSystem system)
    : RefusingSerializer(system, 3, "actors are not deployed from afar");

/// <summary>Akka's miscellany, without what can hold values of any type, or stop actors. The manifests are Akka's.</summary>
public sealed class GuardedMiscSerializer : SerializerWithStringManifest
{
    // Identify, ActorIdentity, a reference, and the heartbeats of death watch.
    private static readonly HashSet<string> s_allowed = ["ID", "AID", "AR", "RWHB", "RWHR"];

    private readonly MiscMessageSerializer _inner;

    /// <summary>Made by Akka.</summary>
    public GuardedMiscSerializer(ExtendedActorSystem system)
        : base(system)
    {
        _inner = new MiscMessageSerializer(system);
    }

    /// <inheritdoc/>
    public override int Identifier => 16;

    /// <inheritdoc/>
    public override string Manifest(object o) => Allowed(_inner.Manifest(o));

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        Manifest(obj);
        return _inner.ToBinary(obj);
    }

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) => _inner.FromBinary(bytes, Allowed(manifest));

    private static string Allowed(string manifest) => s_allowed.Contains(manifest)
        ? manifest
        : throw new SerializationException($"'{manifest}' of Akka's miscellany does not pass between nodes");
}

/// <summary>Akka's system messages: death watch alone. The others make, stop and resume actors, and carry exceptions of any type.</summary>
public sealed class GuardedSystemMessageSerializer : Serializer
{
    private static readonly HashSet<Type> s_allowed = [typeof(Watch), typeof(Unwatch), typeof(DeathWatchNotification)];

    private readonly SystemMessageSerializer _inner;

    /// <summary>Made by Akka.</summary>
    public GuardedSystemMessageSerializer(ExtendedActorSystem system)
        : base(system)
    {
        _inner = new SystemMessageSerializer(system);
    }

    /// <inheritdoc/>
    public override int Identifier => 22;

    /// <inheritdoc/>
    public override bool IncludeManifest => true;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => _inner.ToBinary(Allowed(obj.GetType(), obj));

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, Type type) => _inner.FromBinary(bytes, Allowed(type, type));

    private static T Allowed<T>(Type? type, T value) => type is not null && s_allowed.Contains(type)
        ? value
        : throw new SerializationException($"The system message {type} does not pass between nodes");
}
