using System.Text.Json;
using MtaCluster.Protocol.Sasl;
using Xunit;

namespace MtaCluster.Protocol.Tests.Sasl;

public sealed class BearerExchangeSpecs
{
    [Theory]
    [InlineData("n,a=user@example.com,\u0001host=server.example.com\u0001port=587\u0001auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\u0001\u0001", "user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==")] // RFC 7628 §4.1
    [InlineData("n,,\u0001auth=bearer abc\u0001\u0001", null, "abc")]
    [InlineData("y,,\u0001auth=Bearer abc\u0001\u0001", null, "abc")]
    public void OAUTHBEARER_is_read(string message, string? name, string token)
        => Assert.Equal(new SaslQuestion.CheckToken(name, token), Steps.Question(Steps.Exchange(SaslMechanisms.OAuthBearer).Start(message)));

    [Theory]
    [InlineData("")]
    [InlineData("n,,")]
    [InlineData("n,,\u0001auth=Bearer abc\u0001")]
    [InlineData("n,,auth=Bearer abc\u0001\u0001")]
    [InlineData("n,,\u0001auth=Bearer abc\u0001auth=Bearer def\u0001\u0001")]
    [InlineData("p=tls-exporter,,\u0001auth=Bearer abc\u0001\u0001")]
    [InlineData("n,,\u0001=Bearer abc\u0001\u0001")]
    public void OAUTHBEARER_of_another_form_is_malformed(string message)
        => Assert.Equal(SaslFault.Malformed, Steps.Fault(Steps.Exchange(SaslMechanisms.OAuthBearer).Start(message)));

    [Theory]
    [InlineData("n,a=user@example.com,\u0001host=server.example.com\u0001auth=\u0001\u0001")] // RFC 7628 §4.3: only to learn what is wanted
    [InlineData("n,,\u0001auth=Basic abc\u0001\u0001")]
    [InlineData("n,,\u0001auth=Bearer a b\u0001\u0001")]
    public void OAUTHBEARER_without_a_token_is_told_so_in_json_and_then_fails(string message)
    {
        var exchange = Steps.Exchange(SaslMechanisms.OAuthBearer);
        Assert.Equal("invalid_request", StatusOf(exchange.Start(message)));
        Assert.Equal(SaslFault.Rejected, Steps.Fault(exchange.Continue("\u0001")));
    }

    [Fact]
    public void OAUTHBEARER_with_a_token_that_is_not_good_is_told_so_in_json_and_then_fails()
    {
        var exchange = Steps.Exchange(SaslMechanisms.OAuthBearer);
        exchange.Start("n,,\u0001auth=Bearer abc\u0001\u0001");
        Assert.Equal("invalid_token", StatusOf(exchange.Resume(new SaslAnswer.Rejected("expired"))));
        Assert.Equal("expired", Assert.IsType<SaslStep.Failure>(exchange.Continue("\u0001")).Reason);
        Assert.Equal(SaslFault.Rejected, Steps.Fault(exchange.Continue("n,,\u0001auth=Bearer good\u0001\u0001")));
    }

    [Fact]
    public void A_good_token_says_who_it_is()
    {
        foreach (var (mechanism, message) in new[] { (SaslMechanisms.OAuthBearer, "n,,\u0001auth=Bearer abc\u0001\u0001"), (SaslMechanisms.XOAuth2, "user=a\u0001auth=Bearer abc\u0001\u0001") })
        {
            var exchange = Steps.Exchange(mechanism);
            exchange.Start(message);
            Assert.Equal("a@example.com", Assert.IsType<SaslStep.Success>(exchange.Resume(new SaslAnswer.Accepted("a@example.com"))).Identity);
        }
    }

    [Fact]
    public void XOAUTH2_is_read_and_its_failure_is_told_in_json()
    {
        var exchange = Steps.Exchange(SaslMechanisms.XOAuth2);
        Assert.Equal(new SaslQuestion.CheckToken("someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"), Steps.Question(
            exchange.Start("user=someuser@example.com\u0001auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\u0001\u0001")));
        Assert.Equal("401", StatusOf(exchange.Resume(new SaslAnswer.Rejected("expired"))));
        Assert.Equal(SaslFault.Rejected, Steps.Fault(exchange.Continue("")));
    }

    [Theory]
    [InlineData("auth=Bearer abc\u0001\u0001")]
    [InlineData("user=\u0001auth=Bearer abc\u0001\u0001")]
    [InlineData("user=a\u0001auth=abc\u0001\u0001")]
    [InlineData("user=a\u0001auth=Bearer abc\u0001")]
    public void XOAUTH2_of_another_form_is_malformed(string message)
        => Assert.Equal(SaslFault.Malformed, Steps.Fault(Steps.Exchange(SaslMechanisms.XOAuth2).Start(message)));

    [Fact]
    public void A_key_set_that_is_away_is_no_bad_token()
    {
        foreach (var (mechanism, message) in new[] { (SaslMechanisms.OAuthBearer, "n,,\u0001auth=Bearer abc\u0001\u0001"), (SaslMechanisms.XOAuth2, "user=a\u0001auth=Bearer abc\u0001\u0001") })
        {
            var exchange = Steps.Exchange(mechanism);
            exchange.Start(message);
            Assert.Equal(SaslFault.Unavailable, Steps.Fault(exchange.Resume(new SaslAnswer.Unavailable("away"))));
        }
    }

    private static string? StatusOf(SaslStep step) => JsonDocument.Parse(Steps.Challenge(step)).RootElement.GetProperty("status").GetString();
}
