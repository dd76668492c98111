using MtaCluster.Protocol.Sasl;
using Xunit;

namespace MtaCluster.Protocol.Tests.Sasl;

public sealed class PasswordExchangeSpecs
{
    [Theory]
    [InlineData("\0tim\0tanstaaftanstaaf", "tim", "tanstaaftanstaaf")] // RFC 4616 §4
    [InlineData("tim\0tim\0xipj3plmq", "tim", "xipj3plmq")]
    [InlineData("\0tim\0with\0nul", null, null)]
    [InlineData("Ursel\0Kurt\0xipj3plmq", null, null)]
    [InlineData("\0\0password", null, null)]
    [InlineData("\0tim\0", null, null)]
    [InlineData("tim\0password", null, null)]
    [InlineData("", null, null)]
    [InlineData("\0t\u00ADi\u00AAm\0\u2168", "tiam", "IX")] // RFC 4013 §3
    [InlineData("\0tim\0\u0627\u0031", null, null)]
    public void PLAIN_is_read_and_nobody_acts_for_another(string message, string? name, string? password)
    {
        var step = Steps.Exchange(SaslMechanisms.Plain).Start(message);
        if (name is null)
        {
            Assert.IsType<SaslStep.Failure>(step);
            return;
        }

        Assert.Equal(new SaslQuestion.CheckPassword(name, password!), Steps.Question(step));
    }

    [Fact]
    public void PLAIN_without_an_initial_response_asks_with_an_empty_challenge()
    {
        var exchange = Steps.Exchange(SaslMechanisms.Plain);
        Assert.Equal("", Steps.Challenge(exchange.StartWithout()));
        Assert.IsType<SaslStep.Ask>(exchange.Continue("\0tim\0x"));
        Assert.Equal("tim", Assert.IsType<SaslStep.Success>(exchange.Resume(new SaslAnswer.Accepted("tim"))).Identity);
    }

    [Fact]
    public void LOGIN_asks_for_the_name_and_the_password()
    {
        var exchange = Steps.Exchange(SaslMechanisms.Login);
        Assert.Equal("Username:", Steps.Challenge(exchange.StartWithout()));
        Assert.Equal("Password:", Steps.Challenge(exchange.Continue("tim")));
        Assert.Equal(new SaslQuestion.CheckPassword("tim", "x"), Steps.Question(exchange.Continue("x")));
        Assert.Equal(SaslFault.Rejected, Steps.Fault(exchange.Resume(new SaslAnswer.Rejected("no"))));
    }

    [Fact]
    public void LOGIN_takes_the_name_at_once()
    {
        var exchange = Steps.Exchange(SaslMechanisms.Login);
        Assert.Equal("Password:", Steps.Challenge(exchange.Start("tim")));
        Assert.Equal(SaslFault.Malformed, Steps.Fault(exchange.Continue("")));
    }

    [Theory]
    [InlineData(SaslMechanisms.Plain, "\0tim\0x")]
    [InlineData(SaslMechanisms.OAuthBearer, "n,,\u0001auth=Bearer abc\u0001\u0001")]
    public void An_exchange_that_asks_takes_no_response_meanwhile(string mechanism, string message)
    {
        var exchange = Steps.Exchange(mechanism);
        Assert.IsType<SaslStep.Ask>(exchange.Start(message));
        Assert.Equal(SaslFault.Malformed, Steps.Fault(exchange.Continue(message)));
    }

    [Theory]
    [InlineData(SaslMechanisms.Plain)]
    [InlineData(SaslMechanisms.Login)]
    [InlineData(SaslMechanisms.ScramSha256)]
    [InlineData(SaslMechanisms.OAuthBearer)]
    [InlineData(SaslMechanisms.XOAuth2)]
    public void An_answer_that_nobody_asked_for_opens_nothing(string mechanism)
        => Assert.IsType<SaslStep.Failure>(Steps.Exchange(mechanism).Resume(new SaslAnswer.Accepted("root")));

    [Fact]
    public void Questions_do_not_show_secrets()
    {
        Assert.DoesNotContain("secret", new SaslQuestion.CheckPassword("tim", "secret").ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", new SaslQuestion.CheckToken("tim", "secret").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_mechanisms_compare_without_case_and_what_is_not_known_is_not_made()
    {
        Assert.IsType<SaslStep.Ask>(Steps.Exchange("plain").Start("\0tim\0x"));
        Assert.Null(SaslMechanisms.Create("CRAM-MD5", new SaslParameters("x", null, false)));
        Assert.Null(SaslMechanisms.Create(SaslMechanisms.ScramSha256Plus, new SaslParameters("x", null, false)));
        Assert.All(SaslMechanisms.All, name => Assert.Equal(name, Steps.Exchange(name).Mechanism));
    }
}
