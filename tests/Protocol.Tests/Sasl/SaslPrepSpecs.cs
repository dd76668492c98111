using System.Globalization;
using MtaCluster.Protocol.Sasl;
using Xunit;

namespace MtaCluster.Protocol.Tests.Sasl;

public sealed class SaslPrepSpecs
{
    [Theory]
    [InlineData("I\u00ADX", "IX")] // RFC 4013 §3
    [InlineData("user", "user")]
    [InlineData("USER", "USER")]
    [InlineData("\u00AA", "a")]
    [InlineData("\u2168", "IX")]
    [InlineData("a\u00A0b\u3000c", "a b c")]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("\uFB01", "fi")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("\u0627\u0031\u0628", "\u0627\u0031\u0628")] // RFC 3454 §6
    [InlineData("p\u00E4ssw\u00F6rd \U0001F600", "p\u00E4ssw\u00F6rd \U0001F600")]
    [InlineData("", "")]
    [InlineData("\u00AD", "")]
    public void Texts_that_look_the_same_become_the_same(string text, string expected)
    {
        Assert.True(SaslPrep.TryPrepare(text, out var prepared));
        Assert.Equal(expected, prepared);
    }

    [Theory]
    [InlineData("\u0007")] // RFC 4013 §3
    [InlineData("\u0627\u0031")]
    [InlineData("a\0b")]
    [InlineData("a\u007Fb")]
    [InlineData("\u00E4\u0085")]
    [InlineData("\uE000")]
    [InlineData("\uD800")]
    [InlineData("a\uDC00")]
    [InlineData("\uFFFD")]
    [InlineData("\u200E\u00E4")]
    [InlineData("\u0627a\u0628")]
    [InlineData("\uFFFE\u00E4")]
    public void What_is_forbidden_is_refused(string text) => Assert.False(SaslPrep.TryPrepare(text, out _));

    [Fact]
    public void A_text_of_endless_length_is_refused()
    {
        Assert.True(SaslPrep.TryPrepare(new string('x', SaslPrep.MaximumLength), out _));
        Assert.False(SaslPrep.TryPrepare(new string('x', SaslPrep.MaximumLength + 1), out _));
    }

    [Fact]
    public void Normalization_is_that_of_unicode_3_2()
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Sasl", "NormalizationVectors.txt")).Where(line => !line.StartsWith('#')).ToArray();
        Assert.Equal(400, lines.Length);
        Assert.All(lines, line =>
        {
            var parts = line.Split(';');
            Assert.Equal(Characters(parts[1]), NormalizationFormKC.Normalize(Characters(parts[0])));
            Assert.Equal(Characters(parts[1]), NormalizationFormKC.Normalize(Characters(parts[1])));
        });
    }

    private static List<int> Characters(string text)
        => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(hex => int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
}
