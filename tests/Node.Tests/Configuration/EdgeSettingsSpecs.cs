using Microsoft.Extensions.Configuration;
using MtaCluster.Actors.Routing;
using MtaCluster.Node.Configuration;
using Xunit;

namespace MtaCluster.Node.Tests.Configuration;

/// <summary>The sections Listeners, Tls and Inbound, and what Smtp says of slow clients.</summary>
public sealed class EdgeSettingsSpecs
{
    private const string Fingerprint = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

    private static readonly (string, string)[] s_certificate =
    [
        ("Tls:Certificates:0:CertificateFile", "/tls/mx.pem"), ("Tls:Certificates:0:KeyFile", "/tls/mx.key"),
    ];

    [Fact]
    public void By_default_there_is_no_TLS_and_clients_are_counted_but_not_slowed_down()
    {
        var settings = Read([]);

        Assert.Equal((ListenerTls.None, false), (settings.Listeners[0].Tls, settings.Listeners[0].RequireTls));
        Assert.Empty(settings.Listeners[0].ProxyFrom);
        Assert.Empty(settings.Tls.Certificates);
        Assert.Equal((10_000, 50, null), (settings.Inbound.Connections, settings.Inbound.ConnectionsPerClient, settings.Inbound.ConnectionRatePerClient));
        Assert.Equal(TimeSpan.Zero, settings.Inbound.EarlyTalkerDelay);
        Assert.Equal(new TarpitSettings(3, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10)), settings.Inbound.Tarpit);
        Assert.Equal((0.95, 2000), (settings.Inbound.MemoryLimit, settings.Inbound.StoreQueueLimit));
        Assert.Equal((100, TimeSpan.FromHours(1)), (settings.Smtp.MinimumDataRate, settings.Smtp.MessageTimeout));
    }

    [Fact]
    public void Every_key_is_read()
    {
        var settings = Read(
        [
            .. s_certificate,
            ("Tls:Certificates:1:CertificateFile", "/tls/b.pem"), ("Tls:Certificates:1:KeyFile", "/tls/b.key"),
            ("Tls:MinimumVersion", "1.3"), ("Tls:ClientCertificates", "request"), ("Tls:HandshakeTimeout", "00:00:10"),
            ("Listeners:0:Address", "127.0.0.1:25"), ("Listeners:0:Tls", "starttls"), ("Listeners:0:RequireTls", "true"), ("Listeners:0:ProxyFrom:0", "10.0.0.0/8"),
            ("Listeners:0:RelayForCertificates:0", Fingerprint.ToUpperInvariant()),
            ("Listeners:0:RelayForCertificates:1", string.Join(':', Fingerprint.Chunk(2).Select(pair => new string(pair)))),
            ("Listeners:1:Address", "127.0.0.1:465"), ("Listeners:1:Tls", "Implicit"),
            ("Inbound:Connections", "7"), ("Inbound:ConnectionsPerClient", "3"), ("Inbound:ConnectionRatePerClient", "20/m"), ("Inbound:ExemptFrom:0", "192.0.2.0/24"),
            ("Inbound:EarlyTalkerDelay", "00:00:02"), ("Inbound:MemoryLimit", "0.8"), ("Inbound:StoreQueueLimit", "9"),
            ("Inbound:Tarpit:After", "0"), ("Inbound:Tarpit:Delay", "00:00:02"), ("Inbound:Tarpit:Maximum", "00:00:04"),
            ("Smtp:MinimumDataRate", "0"), ("Smtp:MessageTimeout", "02:00:00"),
        ]);

        Assert.Equal([new CertificateFiles("/tls/mx.pem", "/tls/mx.key"), new CertificateFiles("/tls/b.pem", "/tls/b.key")], settings.Tls.Certificates);
        Assert.Equal((true, true, TimeSpan.FromSeconds(10)), (settings.Tls.OnlyTls13, settings.Tls.RequestsClientCertificates, settings.Tls.HandshakeTimeout));
        Assert.Equal([ListenerTls.StartTls, ListenerTls.Implicit], settings.Listeners.Select(listener => listener.Tls));
        Assert.Equal([true, false], settings.Listeners.Select(listener => listener.RequireTls));
        Assert.Equal([Fingerprint, Fingerprint], settings.Listeners[0].RelayForCertificates);
        Assert.Equal("10.0.0.0/8", Assert.Single(settings.Listeners[0].ProxyFrom).ToString());
        var inbound = settings.Inbound;
        Assert.Equal((7, 3, new Rate(20, TimeSpan.FromMinutes(1))), (inbound.Connections, inbound.ConnectionsPerClient, inbound.ConnectionRatePerClient));
        Assert.Equal("192.0.2.0/24", Assert.Single(inbound.ExemptFrom).ToString());
        Assert.Equal((TimeSpan.FromSeconds(2), 0.8, 9), (inbound.EarlyTalkerDelay, inbound.MemoryLimit, inbound.StoreQueueLimit));
        Assert.Equal(new TarpitSettings(0, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4)), inbound.Tarpit);
        Assert.Equal((0, TimeSpan.FromHours(2)), (settings.Smtp.MinimumDataRate, settings.Smtp.MessageTimeout));
    }

    [Fact]
    public void Every_error_is_told_at_once_with_the_path_of_its_key()
    {
        var errors = Errors(
        [
            ("Tls:Certificates:0:CertificateFile", "/tls/mx.pem"), ("Tls:MinimumVersion", "1.1"), ("Tls:ClientCertificates", "Require"), ("Tls:HandshakeTimeout", "0:0:0.5"), ("Tls:Ciphers", "x"),
            ("Listeners:0:Address", "127.0.0.1:25"), ("Listeners:0:Tls", "1"), ("Listeners:0:RequireTls", "true"), ("Listeners:0:ProxyFrom:0", "10.0.0.1/8"),
            ("Listeners:0:RelayForCertificates:0", "0f1e"), ("Listeners:0:RelayForCertificates:1", Fingerprint),
            ("Inbound:Connections", "0"), ("Inbound:ConnectionsPerClient", "x"), ("Inbound:ConnectionRatePerClient", "9/w"), ("Inbound:ExemptFrom:0", "all"),
            ("Inbound:EarlyTalkerDelay", "5"), ("Inbound:MemoryLimit", "0.1"), ("Inbound:StoreQueueLimit", "0"), ("Inbound:Tarpit:After", "-1"),
            ("Inbound:Tarpit:Delay", "00:00:02"), ("Inbound:Tarpit:Maximum", "00:00:01"), ("Inbound:Tarpit:Min", "1"), ("Inbound:Conections", "1"),
            ("Smtp:MinimumDataRate", "-1"), ("Smtp:MessageTimeout", "00:00:01"),
        ]);

        string[] keys =
        [
            "Tls:Certificates:0:KeyFile", "Tls:MinimumVersion", "Tls:ClientCertificates", "Tls:HandshakeTimeout", "Tls:Ciphers",
            "Listeners:0:Tls", "Listeners:0:RequireTls", "Listeners:0:ProxyFrom:0", "Listeners:0:RelayForCertificates:0", "Listeners:0:RelayForCertificates",
            "Inbound:Connections", "Inbound:ConnectionsPerClient", "Inbound:ConnectionRatePerClient", "Inbound:ExemptFrom:0",
            "Inbound:EarlyTalkerDelay", "Inbound:MemoryLimit", "Inbound:StoreQueueLimit", "Inbound:Tarpit:After", "Inbound:Tarpit:Maximum", "Inbound:Tarpit:Min", "Inbound:Conections",
            "Smtp:MinimumDataRate", "Smtp:MessageTimeout",
        ];
        Assert.Equal(keys.Select(key => "Mta:" + key).Order(StringComparer.Ordinal), errors.Select(error => error.Split(": ")[0]).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("StartTls")]
    [InlineData("Implicit")]
    public void TLS_takes_a_certificate(string mode)
    {
        Assert.Equal($"Mta:Listeners:0:Tls: {mode} needs a certificate: Mta:Tls:Certificates", Assert.Single(Errors([("Listeners:0:Address", "127.0.0.1:25"), ("Listeners:0:Tls", mode)])));
        Assert.Empty(Errors([.. s_certificate, ("Listeners:0:Address", "127.0.0.1:25"), ("Listeners:0:Tls", mode)]));
    }

    [Fact]
    public void A_longer_delay_raises_the_longest_one()
        => Assert.Equal(TimeSpan.FromSeconds(30), Read([("Inbound:Tarpit:Delay", "00:00:30")]).Inbound.Tarpit.Maximum);

    [Fact]
    public void Files_that_are_not_there_are_found_by_the_checks_of_the_machine()
    {
        var errors = new List<string>();
        MachineChecks.AddErrors(Read(s_certificate), errors);
        Assert.Equal(
            ["Mta:Tls:Certificates:0:CertificateFile: there is no file /tls/mx.pem", "Mta:Tls:Certificates:0:KeyFile: there is no file /tls/mx.key"], errors);
    }

    private static NodeSettings Read((string Key, string Value)[] keys)
    {
        var errors = new List<string>();
        var settings = SettingsReader.Read(Configuration(keys), errors);
        Assert.Empty(errors);
        return settings;
    }

    private static List<string> Errors((string Key, string Value)[] keys)
    {
        var errors = new List<string>();
        SettingsReader.Read(Configuration(keys), errors);
        return errors;
    }

    private static IConfigurationRoot Configuration((string Key, string Value)[] keys)
        => new ConfigurationBuilder().AddInMemoryCollection(keys.Select(key => KeyValuePair.Create<string, string?>("Mta:" + key.Key, key.Value))).Build();
}
