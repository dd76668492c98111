using FsCheck;
using FsCheck.Fluent;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Protocol.Tests.Smtp;

public sealed class Utf8AddressSpecs
{
    [Fact]
    public void What_is_encoded_is_in_ascii_and_decodes_to_what_it_was()
    {
        var text = ArbMap.Default.GeneratorFor<string>().Where(s => s is not null && !s.Any(char.IsSurrogate));
        Prop.ForAll(text.ToArbitrary(), s =>
        {
            var encoded = Utf8Address.Encode(s);
            return encoded.All(char.IsAscii) && Utf8Address.Decode(encoded) == s;
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("\\x{F6}", "\u00f6")]
    [InlineData("\\x{1F600}!", "\U0001F600!")]
    [InlineData("\\x{D800}", "\\x{D800}")]
    [InlineData("\\x{}", "\\x{}")]
    [InlineData("\\x{F6", "\\x{F6")]
    [InlineData("\\x{12345678}", "\\x{12345678}")]
    public void What_is_no_character_stays_as_it_is(string text, string decoded) => Assert.Equal(decoded, Utf8Address.Decode(text));
}
