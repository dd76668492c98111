using Akka.Actor;
using Akka.Event;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Hosting;
using Xunit;
using Cluster = Akka.Cluster.Cluster;

namespace MtaCluster.Node.Tests.Hosting;

/// <summary>Who is let into a cluster with TLS, and who is not.</summary>
public sealed class ClusterCertificatesSpecs : IDisposable
{
    private readonly TestAuthority _ours = new("ours");
    private readonly TestAuthority _others = new("others");

    public void Dispose()
    {
        _ours.Dispose();
        _others.Dispose();
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task Nodes_with_certificates_of_one_authority_form_a_cluster(string host)
    {
        await using var nodes = new ClusterNodes();
        var first = nodes.Start(_ours.Issue(host), host);
        var second = nodes.Start(_ours.Issue(host), host);

        await ClusterNodes.FormAsync(first, second);

        Assert.Equal("akka.ssl.tcp", Cluster.Get(first).SelfAddress.Protocol);
        Assert.Contains(Cluster.Get(second).SelfAddress, Cluster.Get(second).State.Members.Select(member => member.Address));
    }

    public static TheoryData<string> Strangers => ["without TLS", "of another authority", "of another authority that trusts ours", "expired", "for servers alone"];

    [Theory]
    [MemberData(nameof(Strangers))]
    public async Task A_node_is_not_let_in(string stranger)
    {
        await using var nodes = new ClusterNodes();
        var first = nodes.Start(_ours.Issue("127.0.0.1"));
        await ClusterNodes.FormAsync(first);

        var system = nodes.Start(stranger switch
        {
            "without TLS" => null,
            "of another authority" => _others.Issue("127.0.0.1"),
            "of another authority that trusts ours" => _others.Issue("127.0.0.1") with { TrustedCertificates = _ours.CertificateFile },
            "expired" => _ours.Issue("127.0.0.1", DateTimeOffset.UtcNow.AddHours(-1)),
            _ => _ours.Issue("127.0.0.1", purposes: "server"),
        });
        Cluster.Get(system).Join(Cluster.Get(first).SelfAddress.WithProtocol(Cluster.Get(system).SelfAddress.Protocol));

        // One that is let in, and came later, is up.
        await ClusterNodes.FormAsync(first, nodes.Start(_ours.Issue("127.0.0.1")));

        Assert.DoesNotContain(Cluster.Get(first).State.Members, member => member.UniqueAddress.Equals(Cluster.Get(system).SelfUniqueAddress));
        Assert.Empty(Cluster.Get(system).State.Members);
    }

    [Fact]
    public async Task A_node_whose_certificate_is_for_another_host_is_not_spoken_to()
    {
        await using var nodes = new ClusterNodes();
        var other = nodes.Start(_ours.Issue("192.0.2.1"));
        await ClusterNodes.FormAsync(other);
        var system = nodes.Start(_ours.Issue("127.0.0.1"));
        var warnings = new MessageBox(system);
        system.EventStream.Subscribe(warnings.Actor, typeof(Warning));

        Cluster.Get(system).Join(Cluster.Get(other).SelfAddress);

        string text;
        do
        {
            text = ((Warning)await warnings.NextAsync()).Message.ToString()!;
        }
        while (!text.Contains("its certificate (CN=node) is for another host", StringComparison.Ordinal));
        Assert.Single(Cluster.Get(other).State.Members);
    }

    [Fact]
    public void Good_files_have_no_errors() => Assert.Empty(Errors(_ours.Issue("node1.example.net"), "node1.example.net"));

    [Fact]
    public void What_the_other_nodes_would_not_accept_is_an_error_at_the_start()
    {
        Assert.Contains("is not for node2", Assert.Single(Errors(_ours.Issue("node1.example.net"), "node2.example.net")).What, StringComparison.Ordinal);
        Assert.Contains("expired", Assert.Single(Errors(_ours.Issue("a.b", DateTimeOffset.UtcNow.AddHours(-1)), "a.b")).What, StringComparison.Ordinal);
        Assert.Contains("is not accepted by", Assert.Single(Errors(_ours.Issue("a.b") with { TrustedCertificates = _others.CertificateFile }, "a.b")).What, StringComparison.Ordinal);
        Assert.Contains("is not accepted by", Assert.Single(Errors(_ours.Issue("a.b", purposes: "server"), "a.b")).What, StringComparison.Ordinal);
        Assert.Equal("Key", Assert.Single(Errors(_ours.Issue("a.b") with { Key = "/none.key" }, "a.b")).Key);
        Assert.Equal("Certificate", Assert.Single(Errors(_ours.Issue("a.b") with { Key = _others.Issue("a.b").Key }, "a.b")).Key);
        Assert.Equal(["Certificate", "TrustedCertificates"], Errors(_ours.Issue("a.b") with { Certificate = "/none.pem", TrustedCertificates = "/none.pem" }, "a.b").Select(error => error.Key));
    }

    private static List<(string Key, string What)> Errors(ClusterTlsSettings settings, string host) => [.. ClusterCertificates.Check(settings, host, DateTimeOffset.UtcNow)];
}
