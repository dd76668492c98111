using System.Text;
using MtaCluster.Protocol.Sasl;
using Xunit;

namespace MtaCluster.Protocol.Tests.Sasl;

public sealed class ScramExchangeSpecs
{
    private static readonly ScramKeys s_pencil = ScramKeys.Derive("pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);

    [Fact]
    public void The_example_of_RFC_7677_is_reproduced()
    {
        var exchange = SaslMechanisms.Create(SaslMechanisms.ScramSha256, new SaslParameters("%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", null, false))!;
        Assert.Equal("user", Assert.IsType<SaslQuestion.FindScramKeys>(Steps.Question(exchange.Start("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"))).Name);
        Assert.Equal(
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            Steps.Challenge(exchange.Resume(new SaslAnswer.Keys(s_pencil, "user"))));
        var success = Assert.IsType<SaslStep.Success>(exchange.Continue(
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));
        Assert.Equal(("user", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="), (success.Identity, Steps.Text(success.Data)));
    }

    [Theory]
    [InlineData("tls-exporter", new byte[] { 1, 2, 3 })]
    [InlineData("tls-server-end-point", new byte[] { 4, 5, 6 })]
    public void With_channel_binding_the_proof_covers_the_connection(string binding, byte[] data)
    {
        var client = new ScramClient("user", "pencil", "client-nonce", $"p={binding},,", data);
        client.Verify(Run(Steps.Exchange(SaslMechanisms.ScramSha256Plus), client));

        var elsewhere = new ScramClient("user", "pencil", "client-nonce", $"p={binding},,", [9, 9, 9]);
        Assert.Equal(SaslFault.Rejected, Steps.Fault(Run(Steps.Exchange(SaslMechanisms.ScramSha256Plus), elsewhere)));
    }

    [Theory]
    [InlineData(SaslMechanisms.ScramSha256, "n,,", true, true)]
    [InlineData(SaslMechanisms.ScramSha256, "y,,", false, true)]
    [InlineData(SaslMechanisms.ScramSha256, "y,,", true, false)] // the offer was taken out on the way
    [InlineData(SaslMechanisms.ScramSha256, "p=tls-exporter,,", true, false)]
    [InlineData(SaslMechanisms.ScramSha256Plus, "n,,", true, false)]
    [InlineData(SaslMechanisms.ScramSha256Plus, "y,,", true, false)]
    [InlineData(SaslMechanisms.ScramSha256Plus, "p=tls-unique,,", true, false)]
    [InlineData(SaslMechanisms.ScramSha256Plus, "p=,,", true, false)]
    [InlineData(SaslMechanisms.ScramSha256, "n,a=user,", true, true)]
    [InlineData(SaslMechanisms.ScramSha256, "n,a=admin,", true, false)]
    [InlineData(SaslMechanisms.ScramSha256, "n,b=user,", true, false)]
    public void The_binding_flag_must_fit_the_mechanism_and_the_offer(string mechanism, string header, bool offersPlus, bool isGood)
    {
        var client = new ScramClient("user", "pencil", "client-nonce", header);
        var step = Steps.Exchange(mechanism, offersPlus).Start(client.First);
        Assert.Equal(isGood, step is SaslStep.Ask);
        Assert.Equal(!isGood, step is SaslStep.Failure);
    }

    [Fact]
    public void A_proof_with_any_octet_changed_fails()
    {
        for (var i = 0; i < 32; i++)
        {
            Assert.Equal(SaslFault.Rejected, Steps.Fault(Run(Steps.Exchange(SaslMechanisms.ScramSha256), new ScramClient("user", "pencil", "c"), i)));
        }
    }

    [Fact]
    public void A_user_that_there_is_not_takes_the_same_steps_and_fails_at_the_proof()
    {
        var secret = "0123456789abcdef0123456789abcdef"u8;
        var (first, second, other) = (ScramKeys.Invent(secret, "nobody", 4096), ScramKeys.Invent(secret, "nobody", 4096), ScramKeys.Invent(secret, "anybody", 4096));
        Assert.Equal(first.ToString(), second.ToString());
        Assert.NotEqual(first.Salt.AsEnumerable(), other.Salt);
        Assert.Equal(s_pencil.Salt.Length, first.Salt.Length);

        var exchange = Steps.Exchange(SaslMechanisms.ScramSha256);
        var client = new ScramClient("nobody", "pencil", "c");
        exchange.Start(client.First);
        var challenge = Steps.Challenge(exchange.Resume(new SaslAnswer.Keys(first, "nobody")));
        Assert.Equal(SaslFault.Rejected, Steps.Fault(exchange.Continue(client.Final(challenge))));
    }

    [Theory]
    [InlineData("c=biws,r=wrong,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", SaslFault.Rejected)]
    [InlineData("c=eSws,r=client-nonceserver-nonce,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", SaslFault.Rejected)]
    [InlineData("c=biws,r=client-nonceserver-nonce,p=AAAA", SaslFault.Malformed)]
    [InlineData("c=biws,r=client-nonceserver-nonce", SaslFault.Malformed)]
    [InlineData("c=biws,r=client-nonceserver-nonce,m=x,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", SaslFault.Malformed)]
    [InlineData("c=biws ,r=client-nonceserver-nonce,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", SaslFault.Malformed)]
    [InlineData("", SaslFault.Malformed)]
    public void A_last_message_that_is_wrong_fails(string final, SaslFault expected)
    {
        var exchange = Steps.Exchange(SaslMechanisms.ScramSha256);
        exchange.Start("n,,n=user,r=client-nonce");
        exchange.Resume(new SaslAnswer.Keys(s_pencil, "user"));
        Assert.Equal(expected, Steps.Fault(exchange.Continue(final)));
        Assert.Equal(SaslFault.Malformed, Steps.Fault(exchange.Continue(final)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("n,,")]
    [InlineData("n,,n=user")]
    [InlineData("n,,r=x,n=user")]
    [InlineData("n,,n=,r=x")]
    [InlineData("n,,n=us=er,r=x")]
    [InlineData("n,,n=us=2cer,r=x")]
    [InlineData("n,,n=us\ber,r=x")]
    [InlineData("n,,n=user,r=")]
    [InlineData("n,,n=user,r=a b")]
    [InlineData("n,,m=ext,n=user,r=x")]
    [InlineData("n,,n=user,r=x,m=ext")]
    [InlineData("x,,n=user,r=x")]
    [InlineData("n,n=user,r=x")]
    public void A_first_message_that_is_wrong_is_malformed(string first)
        => Assert.Equal(SaslFault.Malformed, Steps.Fault(Steps.Exchange(SaslMechanisms.ScramSha256).Start(first)));

    [Fact]
    public void Commas_and_equals_signs_in_a_name_are_escaped()
        => Assert.Equal(
            "a,b=c", Assert.IsType<SaslQuestion.FindScramKeys>(Steps.Question(Steps.Exchange(SaslMechanisms.ScramSha256).Start("n,,n=a=2Cb=3Dc,r=x,x=later"))).Name);

    [Fact]
    public void Without_an_initial_response_the_first_challenge_is_empty()
    {
        var exchange = Steps.Exchange(SaslMechanisms.ScramSha256);
        Assert.Equal("", Steps.Challenge(exchange.StartWithout()));
        Assert.IsType<SaslStep.Ask>(exchange.Continue("n,,n=user,r=x"));
        Assert.Equal(SaslFault.Malformed, Steps.Fault(exchange.Continue("c=biws,r=x,p=x")));
    }

    [Fact]
    public void A_directory_that_is_away_is_no_wrong_password()
    {
        var exchange = Steps.Exchange(SaslMechanisms.ScramSha256);
        exchange.Start("n,,n=user,r=x");
        Assert.Equal(SaslFault.Unavailable, Steps.Fault(exchange.Resume(new SaslAnswer.Unavailable("away"))));
    }

    [Fact]
    public void The_nonce_of_each_side_is_part_of_what_is_proved()
    {
        var exchange = SaslMechanisms.Create(SaslMechanisms.ScramSha256, new SaslParameters("another-nonce", null, false))!;
        var client = new ScramClient("user", "pencil", "c");
        Steps.Exchange(SaslMechanisms.ScramSha256).Start(client.First);
        exchange.Start(client.First);
        exchange.Resume(new SaslAnswer.Keys(s_pencil, "user"));
        Assert.Equal(SaslFault.Rejected, Steps.Fault(exchange.Continue(client.Final($"r=cserver-nonce,s={Convert.ToBase64String(s_pencil.Salt.AsSpan())},i=4096"))));
    }

    [Fact]
    public void Keys_are_written_and_read_again()
    {
        Assert.True(ScramKeys.TryParse(s_pencil.ToString(), out var read));
        Assert.Equal(s_pencil.ToString(), read.ToString());
        Assert.StartsWith("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$", s_pencil.ToString(), StringComparison.Ordinal);
        foreach (var wrong in new[] { "", "x", s_pencil.ToString() + "=", s_pencil.ToString().Replace("4096", "4095", StringComparison.Ordinal), s_pencil.ToString().Replace("256$", "1$", StringComparison.Ordinal) })
        {
            Assert.False(ScramKeys.TryParse(wrong, out _));
        }
    }

    private static SaslStep Run(ISaslExchange exchange, ScramClient client, int corrupt = -1)
    {
        exchange.Start(client.First);
        var challenge = Steps.Challenge(exchange.Resume(new SaslAnswer.Keys(s_pencil, "user")));
        return exchange.Continue(Encoding.UTF8.GetBytes(client.Final(challenge, corrupt)));
    }
}
