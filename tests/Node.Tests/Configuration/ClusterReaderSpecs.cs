using System.Net;
using Microsoft.Extensions.Configuration;
using MtaCluster.Actors.Membership;
using MtaCluster.Node.Configuration;
using Xunit;

namespace MtaCluster.Node.Tests.Configuration;

/// <summary>The section Cluster. Its cluster need not exist: what needs the machine is checked apart.</summary>
public sealed class ClusterReaderSpecs
{
    [Fact]
    public void By_default_the_node_is_alone_in_clear_text_with_all_roles_and_the_larger_part_stays()
    {
        var cluster = Read([]);

        Assert.Null(cluster.Tls);
        Assert.Equal(new SplitBrainSettings(TimeSpan.FromSeconds(4), new SplitBrainPolicy(SplitBrainStrategy.KeepMajority)), cluster.SplitBrain);
        Assert.All(["edge", "spool", "egress"], role => Assert.True(cluster.HasRole(role)));
    }

    [Fact]
    public void Every_key_is_read()
    {
        var cluster = Read(
        [
            ("Address", "node1.example.net:4053"), ("SeedNodes:0", "node1.example.net:4053"), ("SeedNodes:1", "[fd00::2]:4053"), ("Roles:0", "edge"),
            ("Tls:Certificate", "/tls/node.pem"), ("Tls:Key", "/tls/node.key"), ("Tls:TrustedCertificates", "/tls/ca.pem"),
            ("SplitBrain:StableAfter", "00:00:07"), ("SplitBrain:Strategy", "Static-Quorum"), ("SplitBrain:QuorumSize", "3"),
        ]);

        Assert.Equal(["node1.example.net:4053", "[fd00::2]:4053"], cluster.SeedNodes.Select(seed => seed.ToString()));
        Assert.Equal(["edge"], cluster.Roles);
        Assert.Equal(new ClusterTlsSettings("/tls/node.pem", "/tls/node.key", "/tls/ca.pem"), cluster.Tls);
        Assert.Equal(new SplitBrainSettings(TimeSpan.FromSeconds(7), new SplitBrainPolicy(SplitBrainStrategy.StaticQuorum, 3)), cluster.SplitBrain);
    }

    [Fact]
    public void Every_error_is_told_at_once_with_the_path_of_its_key()
    {
        var errors = Errors(
        [
            ("Address", "203.0.113.7:4053"), ("SeedNodes:0", "0.0.0.0:4053"), ("SeedNodes:1", "[2001:db8::1]:4053"), ("Roles:0", "spool"), ("Roles:1", "spool"),
            ("SplitBrain:StableAfter", "0:0:0.5"), ("SplitBrain:Strategy", "keep-me"), ("SplitBrain:QuorumSize", "2"), ("SplitBrain:Quorum", "2"),
        ]);

        Assert.Equal(
            ["Address", "Roles", "SeedNodes:0", "SeedNodes:1", "SplitBrain:Quorum", "SplitBrain:QuorumSize", "SplitBrain:StableAfter", "SplitBrain:Strategy"],
            errors.Select(error => error.Split(": ")[0]["Cluster:".Length..]).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Tls:Certificate", "/tls/node.pem", "Cluster:Tls:Key: is missing")]
    [InlineData("Tls:Certificate", "/tls/node.pem", "Cluster:Tls:TrustedCertificates: is missing")]
    [InlineData("Tls:Cert", "/tls/node.pem", "Cluster:Tls:Cert: there is no such key")]
    [InlineData("SplitBrain:Strategy", "static-quorum", "Cluster:SplitBrain:QuorumSize: is missing")]
    [InlineData("Address", "0.0.0.0:4053", "Cluster:Address: 0.0.0.0:4053 is no address")]
    [InlineData("Address", "[::]:4053", "Cluster:Address: [::]:4053 is no address")]
    public void What_cannot_be_is_refused_in_plain_words(string key, string value, string start) =>
        Assert.Contains(Errors([(key, value)]), error => error.StartsWith(start, StringComparison.Ordinal));

    [Fact]
    public void With_TLS_an_address_may_be_public() => Assert.Equal("203.0.113.7", Read(
    [
        ("Address", "203.0.113.7:4053"), ("Tls:Certificate", "a"), ("Tls:Key", "b"), ("Tls:TrustedCertificates", "c"),
    ]).Address.Host);

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("10.255.0.1", true)]
    [InlineData("172.16.0.1", true)]
    [InlineData("172.31.255.255", true)]
    [InlineData("192.168.3.4", true)]
    [InlineData("169.254.1.1", true)]
    [InlineData("fd12:3456::1", true)]
    [InlineData("fe80::1", true)]
    [InlineData("::ffff:10.0.0.1", true)]
    [InlineData("9.255.255.255", false)]
    [InlineData("172.32.0.1", false)]
    [InlineData("172.15.0.1", false)]
    [InlineData("192.169.0.1", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("203.0.113.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("fe00::1", false)]
    [InlineData("::ffff:203.0.113.1", false)]
    public void Private_is_what_nobody_reaches_from_outside(string address, bool isPrivate) =>
        Assert.Equal(isPrivate, PrivateNetworks.Contains(IPAddress.Parse(address)));

    [Fact]
    public void A_host_name_must_resolve_to_private_addresses_unless_there_is_TLS()
    {
        Assert.Empty(MachineErrors("localhost:4053"));
        Assert.StartsWith("Mta:Cluster:Address: no-such-host.invalid cannot be resolved", Assert.Single(MachineErrors("no-such-host.invalid:4053")), StringComparison.Ordinal);
    }

    private static List<string> MachineErrors(string address)
    {
        var errors = new List<string>();
        var configuration = Configuration([("Mta:Cluster:Address", address)]);
        MachineChecks.AddErrors(SettingsReader.Read(configuration, errors), errors);
        return errors;
    }

    private static ClusterSettings Read((string Key, string Value)[] keys)
    {
        var errors = new List<string>();
        var settings = ClusterReader.Read(Section(keys, errors));
        Assert.Empty(errors);
        return settings;
    }

    private static List<string> Errors((string Key, string Value)[] keys)
    {
        var errors = new List<string>();
        ClusterReader.Read(Section(keys, errors));
        return errors;
    }

    private static SectionReader Section((string Key, string Value)[] keys, List<string> errors)
        => new(Configuration([.. keys.Select(key => ($"Cluster:{key.Key}", key.Value))]).GetSection("Cluster"), errors);

    private static IConfigurationRoot Configuration((string Key, string Value)[] keys)
        => new ConfigurationBuilder().AddInMemoryCollection(keys.Select(key => KeyValuePair.Create<string, string?>(key.Key, key.Value))).Build();
}
