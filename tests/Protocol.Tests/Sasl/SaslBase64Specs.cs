using System.Text;
using FsCheck.Fluent;
using MtaCluster.Protocol.Sasl;
using Xunit;

namespace MtaCluster.Protocol.Tests.Sasl;

public sealed class SaslBase64Specs
{
    [Theory]
    [InlineData("", "")]
    [InlineData("Zg==", "f")]
    [InlineData("Zm8=", "fo")]
    [InlineData("Zm9v", "foo")]
    public void The_examples_of_RFC_4648_are_read(string text, string expected)
    {
        Assert.True(SaslBase64.TryDecode(Encoding.ASCII.GetBytes(text), out var octets));
        Assert.Equal(expected, Encoding.ASCII.GetString(octets));
        Assert.Equal(text, Encoding.ASCII.GetString(SaslBase64.Encode(octets)));
    }

    [Theory]
    [InlineData("Zg")]
    [InlineData("Zg=")]
    [InlineData("Zh==")] // bits under the padding
    [InlineData("Zm9=")]
    [InlineData("Zm9v\r\n\r\n")]
    [InlineData("Zm 9v  =")]
    [InlineData("Z===")]
    [InlineData("====")]
    [InlineData("Zg==Zg==")]
    [InlineData("Zm-_")]
    [InlineData("=")]
    public void Anything_else_is_refused(string text) => Assert.False(SaslBase64.TryDecode(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void A_line_that_is_too_long_is_refused()
    {
        Assert.True(SaslBase64.TryDecode(Encoding.ASCII.GetBytes(new string('A', SaslBase64.MaximumLine)), out var octets));
        Assert.Equal(SaslMechanisms.MaximumResponse, octets.Length);
        Assert.False(SaslBase64.TryDecode(Encoding.ASCII.GetBytes(new string('A', SaslBase64.MaximumLine + 4)), out _));
    }

    [Fact]
    public void Random_octets_never_throw_and_what_is_read_is_written_the_same()
        => Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), text => !SaslBase64.TryDecode(text, out var octets) || SaslBase64.Encode(octets).AsSpan().SequenceEqual(text)).Hold();
}
