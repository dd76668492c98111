using MtaCluster.Node.Auth;
using MtaCluster.Protocol.Address;
using Xunit;

namespace MtaCluster.Node.Tests.Auth;

public sealed class SenderIdentitySpecs
{
    [Theory]
    [InlineData("alice@example.net", "alice@example.net", true)]
    [InlineData("alice@example.net", "Alice@EXAMPLE.net", true)]
    [InlineData("alice@example.net", "bob@example.net", false)]
    [InlineData("alice@example.net", "alice@example.org", false)]
    [InlineData("@Example.NET", "anyone@example.net", true)]
    [InlineData("@example.net", "anyone@sub.example.net", false)]
    [InlineData("@example.net", "anyone@notexample.net", false)]
    [InlineData("*", "anyone@anywhere.example", true)]
    [InlineData("ann*@example.net", "ann*@example.net", true)]
    [InlineData("ann*@example.net", "anna@example.net", false)]
    public void It_covers_an_address_a_domain_or_all(string identity, string address, bool expected)
    {
        Assert.True(Mailbox.TryParse(address, out var mailbox));
        Assert.Equal(expected, Users.Identity(identity).Pattern.Matches(mailbox));
        Assert.Equal(expected, new AuthenticatedUser("alice", "PLAIN", [Users.Identity(identity)], null).Sender.Allows(mailbox));
        Assert.Equal(Users.Identity(identity), Users.Identity(Users.Identity(identity).ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("alice")]
    [InlineData("@")]
    [InlineData("*@example.net")]
    [InlineData("alice@")]
    [InlineData("@a b")]
    public void Anything_else_is_refused(string text) => Assert.False(SenderIdentity.TryParse(text, out _));

    [Theory]
    [InlineData("Alice@Example.NET", "alice@example.net")]
    [InlineData("J\u00DCrgen", "j\u00FCrgen")]
    [InlineData("a b", null)]
    [InlineData("a\u00A0b", null)]
    [InlineData("a\nb", null)]
    [InlineData("", null)]
    public void A_name_has_one_form(string name, string? expected)
    {
        Assert.Equal(expected is not null, UserName.TryCanonicalise(name, out var canonical));
        Assert.Equal(expected, canonical);
    }
}
