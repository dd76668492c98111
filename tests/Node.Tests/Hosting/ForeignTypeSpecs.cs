using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Serialization;
using MtaCluster.Actors.Spool;
using MtaCluster.Node.Hosting;
using Xunit;
using Cluster = Akka.Cluster.Cluster;

namespace MtaCluster.Node.Tests.Hosting;

/// <summary>What is not of our protocols neither leaves a node nor is made of what a peer sends.</summary>
public sealed class ForeignTypeSpecs
{
    /// <summary>Of no protocol.</summary>
    public sealed record Foreign(string Text);

    [Fact]
    public async Task An_unknown_type_is_not_sent_and_stays_usable_on_its_own_node()
    {
        await using var nodes = new ClusterNodes();
        var (sender, receiver) = (nodes.Start(), nodes.Start());
        var box = new MessageBox(receiver);

        var remote = await Resolve(sender, box);
        remote.Tell(new Foreign("sent"));
        remote.Tell(new EnsureSpoolStarted(7));
        var local = new MessageBox(sender);
        local.Actor.Tell(new Foreign("local"));

        Assert.Equal(new EnsureSpoolStarted(7), await box.NextAsync());
        Assert.Equal(new Foreign("local"), await local.NextAsync());
    }

    [Fact]
    public async Task An_unknown_type_of_a_peer_is_not_read_nor_is_what_would_stop_actors_here()
    {
        await using var nodes = new ClusterNodes();
        var box = new MessageBox(nodes.Start());

        var remote = await Resolve(StartRogue(nodes), box);
        remote.Tell(new Foreign("json"));
        remote.Tell(new Google.Protobuf.WellKnownTypes.StringValue { Value = "protobuf" });
        remote.Tell(new Status.Failure(new InvalidOperationException("exception")));
        remote.Tell(PoisonPill.Instance);
        remote.Tell(Kill.Instance);
        remote.Tell("text");

        Assert.Equal("text", await box.NextAsync());
    }

    [Fact]
    public async Task A_peer_cannot_end_an_actor_here()
    {
        await using var nodes = new ClusterNodes();
        var box = new MessageBox(nodes.Start());
        var refusals = new MessageBox(box.System);
        box.System.EventStream.Subscribe(refusals.Actor, typeof(Error));
        var rogue = StartRogue(nodes);

        rogue.Stop(await Resolve(rogue, box));

        Assert.Contains("does not pass between nodes", ((Error)await refusals.NextAsync()).ToString(), StringComparison.Ordinal);
        box.Actor.Tell("alive");
        Assert.Equal("alive", await box.NextAsync());
    }

    [Theory]
    [InlineData(1, "System.Diagnostics.Process, System.Diagnostics.Process")]
    [InlineData(2, "Google.Protobuf.WellKnownTypes.StringValue, Google.Protobuf")]
    [InlineData(3, "")]
    [InlineData(16, "STF")]
    [InlineData(16, "STS")]
    [InlineData(16, "PP")]
    [InlineData(16, "CF")]
    [InlineData(22, "Akka.Dispatch.SysMsg.Terminate, Akka")]
    [InlineData(22, "Akka.Dispatch.SysMsg.Failed, Akka")]
    [InlineData(22, "System.Diagnostics.Process, System.Diagnostics.Process")]
    [InlineData(22, "")]
    [InlineData(7001, "unknown")]
    [InlineData(7002, "unknown")]
    [InlineData(9999, "")]
    public async Task A_foreign_manifest_is_refused(int serializer, string manifest)
    {
        await using var nodes = new ClusterNodes();
        var system = nodes.Start();

        Assert.Throws<SerializationException>(() => system.Serialization.Deserialize([], serializer, manifest));
    }

    [Fact]
    public async Task Only_our_serializers_and_known_ones_of_Akka_are_in_use()
    {
        await using var nodes = new ClusterNodes();
        var system = nodes.Start();
        string[] known =
        [
            "Akka.Serialization.ByteArraySerializer", "Akka.Remote.Serialization.MessageContainerSerializer", "Akka.Remote.Serialization.PrimitiveSerializers",
            "Akka.Cluster.Serialization.ClusterMessageSerializer", "Akka.Cluster.Serialization.ReliableDeliverySerializer",
        ];

        var types = system.Settings.Config.GetConfig("akka.actor.serializers").AsEnumerable().Select(entry => Type.GetType(entry.Value.GetString())!);

        Assert.All(types, type => Assert.True(
            type.Namespace == "MtaCluster.Actors.Serialization" || known.Contains(type.FullName), $"{type} may read what peers send: is it safe?"));
        Assert.Equal(typeof(Actors.Serialization.UnknownTypeSerializer), system.Serialization.FindSerializerForType(typeof(Foreign)).GetType());
    }

    // As Akka is without our settings.
    private static ActorSystem StartRogue(ClusterNodes nodes) => nodes.Add(ActorSystem.Create(ActorSystemConfiguration.SystemName, ConfigurationFactory.ParseString("""
        akka.stdout-loglevel = OFF
        akka.loglevel = OFF
        akka.loggers = []
        akka.actor.provider = remote
        akka.remote.dot-netty.tcp.hostname = "127.0.0.1"
        akka.remote.dot-netty.tcp.port = 0
        """)));

    private static Task<IActorRef> Resolve(ActorSystem from, MessageBox box)
        => from.ActorSelection(new RootActorPath(Cluster.Get(box.System).SelfAddress) / "user" / box.Actor.Path.Name)
            .ResolveOne(ClusterNodes.Patience, TestContext.Current.CancellationToken);
}
