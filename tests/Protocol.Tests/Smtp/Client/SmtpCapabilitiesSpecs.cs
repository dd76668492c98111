using MtaCluster.Protocol.Smtp;
using MtaCluster.Protocol.Smtp.Client;
using Xunit;

namespace MtaCluster.Protocol.Tests.Smtp.Client;

public sealed class SmtpCapabilitiesSpecs
{
    [Theory]
    [InlineData("PIPELINING", SmtpExtensions.Pipelining)]
    [InlineData("8BITMIME", SmtpExtensions.EightBitMime)]
    [InlineData("STARTTLS", SmtpExtensions.StartTls)]
    [InlineData("DSN", SmtpExtensions.Dsn)]
    [InlineData("smtputf8", SmtpExtensions.SmtpUtf8)]
    [InlineData("CHUNKING", SmtpExtensions.Chunking)]
    [InlineData("BINARYMIME", SmtpExtensions.BinaryMime)]
    [InlineData("REQUIRETLS", SmtpExtensions.RequireTls)]
    [InlineData("DELIVERBY", SmtpExtensions.DeliverBy)]
    [InlineData("MT-PRIORITY MIXER", SmtpExtensions.Priority)]
    [InlineData("LIMITS X=Y", SmtpExtensions.Limits)]
    [InlineData("DSNX", SmtpExtensions.None)]
    [InlineData("X-DSN DSN", SmtpExtensions.None)]
    public void Each_keyword_is_known_in_any_case(string line, SmtpExtensions extension)
        => Assert.Equal(new SmtpCapabilities(extension, 0), Parse(line));

    [Fact]
    public void All_of_several_are_needed_to_have_them()
    {
        Assert.False(Parse("CHUNKING").Has(SmtpExtensions.Chunking | SmtpExtensions.BinaryMime));
        Assert.True(Parse("CHUNKING", "BINARYMIME").Has(SmtpExtensions.Chunking | SmtpExtensions.BinaryMime));
    }

    [Theory]
    [InlineData("SIZE 1000", 1000)]
    [InlineData("SIZE", 0)]
    [InlineData("SIZE many", 0)]
    public void Size_may_have_a_limit(string line, long limit) => Assert.Equal(limit, Parse(line).SizeLimit);

    [Theory]
    [InlineData("DELIVERBY 240", 240)]
    [InlineData("DELIVERBY", 0)]
    [InlineData("DELIVERBY 99999999999", int.MaxValue)]
    [InlineData("DELIVERBY -5", 0)]
    public void Deliverby_may_have_a_shortest_time(string line, int shortest) => Assert.Equal(shortest, Parse(line).ShortestDeliverBy);

    [Theory]
    [InlineData("LIMITS MAILMAX=5 RCPTMAX=100 RCPTDOMAINMAX=1", 5, 100, 1)]
    [InlineData("LIMITS rcptmax=3", 0, 3, 0)]
    [InlineData("LIMITS RCPTMAX=0 MAILMAX=-1 RCPTDOMAINMAX=x", 0, 0, 0)]
    [InlineData("LIMITS  RCPTMAX=7  OTHER=1 FLAG", 0, 7, 0)]
    [InlineData("LIMITS RCPTMAX=99999999999", 0, 0, 0)]
    [InlineData("LIMITS =3", 0, 0, 0)]
    [InlineData("LIMITS", 0, 0, 0)]
    public void Limits_are_read_and_what_is_none_is_passed_over(string line, int transactions, int recipients, int domains)
        => Assert.Equal(new SmtpLimits(transactions, recipients, domains), Parse(line).Limits);

    private static SmtpCapabilities Parse(params string[] lines) => SmtpCapabilities.Parse(new SmtpReply(250, null, ["mx.example", .. lines]));
}
