using MtaCluster.Node.Auth;
using Xunit;

namespace MtaCluster.Node.Tests.Auth;

public sealed class PasswordHashSpecs
{
    // Made by another implementation: Konscious.Security.Cryptography.Argon2 1.3.1.
    [Theory]
    [InlineData("$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$0qsHs573+LgGInzYb7sRqlOTBmqY4X6srNEm6ybpJ20", "password")]
    [InlineData("$argon2id$v=19$m=65536,t=3,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AC2pAMrb9SG3AiNJizkNqR9Cw+1se3JDQ8owRP/lz0Q", "p\u00E4ssw\u00F6rd")]
    public void Hashes_of_another_implementation_are_read(string text, string password)
    {
        Assert.True(PasswordHash.TryParse(text, out var hash));
        Assert.True(hash.Matches(password));
        Assert.False(hash.Matches(password + "x"));
        Assert.Equal(text, hash.ToString());
    }

    [Fact]
    public void A_new_hash_is_written_read_and_matched()
    {
        var hash = PasswordHash.Create(Users.Password);
        Assert.StartsWith("$argon2id$v=19$m=19456,t=2,p=1$", hash.ToString(), StringComparison.Ordinal);
        Assert.True(PasswordHash.TryParse(hash.ToString(), out var read));
        Assert.True(read.Matches(Users.Password));
        Assert.NotEqual(hash.ToString(), PasswordHash.Create(Users.Password).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("password")]
    [InlineData("$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW")]
    [InlineData("$argon2i$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg")]
    [InlineData("$argon2id$v=16$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg")]
    [InlineData("$argon2id$v=19$m=19456,t=2,p=4$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg")]
    [InlineData("$argon2id$v=19$m=9999999,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg")]
    [InlineData("$argon2id$v=19$m=19456,t=99,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg")]
    [InlineData("$argon2id$v=19$m=19456,t=2,p=1$MDEy$MDEyMzQ1Njc4OWFiY2RlZg")]
    [InlineData("$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEy")]
    [InlineData("$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg==$MDEyMzQ1Njc4OWFiY2RlZg")]
    [InlineData("$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$\u00E4DEyMzQ1Njc4OWFiY2RlZg")]
    public void Others_are_refused_and_so_are_costs_that_would_stop_a_node(string text) => Assert.False(PasswordHash.TryParse(text, out _));
}
