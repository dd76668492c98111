using System.Text;
using MtaCluster.Protocol.Address;
using Xunit;

namespace MtaCluster.Protocol.Tests.Address;

public sealed class PathSpecs
{
    [Theory]
    [InlineData("<>", "")]
    [InlineData("<u@x.org>", "u@x.org")]
    [InlineData("<@a.org:u@x.org>", "u@x.org")]
    [InlineData("<@a.org,@b.org,@c:u@x.org>", "u@x.org")]
    [InlineData("<\"a>b\"@x.org>", "\"a>b\"@x.org")]
    public void A_reverse_path_is_null_or_a_mailbox_without_its_source_route(string text, string wire)
    {
        Assert.True(ReversePath.TryParse(Encoding.ASCII.GetBytes(text), out var path));
        Assert.Equal(wire, path.ToString());
        Assert.Equal(wire.Length == 0, path.IsNull);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<")]
    [InlineData("><")]
    [InlineData("< >")]
    [InlineData("<u@x.org")]
    [InlineData("u@x.org")]
    [InlineData("<<u@x.org>>")]
    [InlineData("<@a.org>")]
    [InlineData("<@a.org:>")]
    [InlineData("<@:u@x.org>")]
    [InlineData("<@a.org,:u@x.org>")]
    [InlineData("<@a.org,b.org:u@x.org>")]
    [InlineData("<@a.org @b.org:u@x.org>")]
    [InlineData("<@[192.0.2.1]:u@x.org>")]
    [InlineData("<@a_b:u@x.org>")]
    [InlineData("<a.org:u@x.org>")]
    [InlineData("<postmaster>")]
    public void Anything_else_is_no_reverse_path(string text)
    {
        Assert.False(ReversePath.TryParse(Encoding.ASCII.GetBytes(text), out var path));
        Assert.Null(path);
    }

    [Theory]
    [InlineData("<Postmaster>")]
    [InlineData("<POSTMASTER>")]
    public void The_postmaster_needs_no_domain(string text)
    {
        Assert.True(ForwardPath.TryParse(Encoding.ASCII.GetBytes(text), out var path));
        Assert.True(path.IsPostmaster);
        Assert.Equal("Postmaster", path.ToString());
    }

    [Fact]
    public void A_forward_path_is_never_null() => Assert.False(ForwardPath.TryParse("<>"u8, out _));

    [Theory]
    [InlineData("192.0.2.1", MailDomainKind.Name)]
    [InlineData("[192.0.2.1]", MailDomainKind.IPv4Literal)]
    [InlineData("[IPv6:2001:db8::1]", MailDomainKind.IPv6Literal)]
    [InlineData("[x400:c=de]", MailDomainKind.GeneralLiteral)]
    public void A_domain_knows_its_kind(string text, MailDomainKind kind)
    {
        Assert.True(MailDomain.TryParse(text, out var domain));
        Assert.Equal(kind, domain.Kind);
        Assert.Equal(kind is MailDomainKind.IPv4Literal or MailDomainKind.IPv6Literal, domain.Address is not null);
        Assert.Equal(text, domain.Text);
    }
}
