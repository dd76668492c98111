using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Smtp.Server;
using Xunit;

namespace MtaCluster.Protocol.Tests.Smtp.Server;

public sealed class RelayRuleSpecs
{
    private static readonly RelayRule s_rule = RelayRule.Only(["local.example"], ["corp.example"]);

    [Theory]
    [InlineData("a@local.example", true)]
    [InlineData("a@sub.local.example", false)]
    [InlineData("a@corp.example", false)]
    [InlineData("a@x.corp.example", true)]
    [InlineData("a@y.x.corp.example", true)]
    [InlineData("a@notcorp.example", false)]
    [InlineData("a%b@local.example", false)]
    [InlineData("b!a@x.corp.example", false)]
    [InlineData("a@elsewhere.example", false)]
    public void Others_may_send_to_our_domains_and_below_our_parents_only(string mailbox, bool allowed)
    {
        Assert.True(Mailbox.TryParse(mailbox, out var recipient));
        Assert.Equal(allowed, s_rule.Allows(recipient));
    }
}
