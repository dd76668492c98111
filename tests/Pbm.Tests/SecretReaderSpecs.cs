namespace MtaCluster.Pbm.Tests;

public sealed class SecretReaderSpecs
{
    [Theory]
    [InlineData("secret\rsecret\r", "secret")]
    [InlineData("sex\bcret\rsecret\r", "secret")]
    [InlineData("\b\bp\u00E4ss\u0001\rp\u00E4ss\r", "p\u00E4ss")]
    [InlineData("secret\rother\r", null)]
    [InlineData("\r", null)]
    [InlineData("sec\u0003", null)]
    [InlineData("sec", null)]
    public void At_a_terminal_it_is_typed_twice_and_nothing_of_it_is_written(string keys, string? expected)
    {
        var terminal = new HiddenKeys(keys);
        Assert.Equal(expected, new SecretReader(terminal, TextReader.Null).Read("Password", out var error));
        Assert.Equal(expected is null, error is not null);
        Assert.Equal("", terminal.Written.Replace("Password again: ", "", StringComparison.Ordinal).Replace("Password: ", "", StringComparison.Ordinal).Trim());
    }

    [Fact]
    public void Without_a_terminal_it_is_the_next_line()
    {
        var input = new StringReader("secret\nnext command\n\n");
        var secrets = new SecretReader(null, input);
        Assert.Equal("secret", secrets.Read("Password", out _));
        Assert.Equal("next command", input.ReadLine());
        Assert.Null(secrets.Read("Password", out var error));
        Assert.Equal("Password: nothing was given on standard input", error);
    }

    private sealed class HiddenKeys(string keys) : ITerminal
    {
        private int _next;

        public int Width => 80;

        public string Written { get; private set; } = "";

        public IDisposable TakeKeys() => Stream.Null;

        public ConsoleKeyInfo? ReadKey()
        {
            if (_next == keys.Length)
            {
                return null;
            }

            var key = keys[_next++];
            var name = key switch
            {
                '\r' => ConsoleKey.Enter,
                '\b' => ConsoleKey.Backspace,
                _ => ConsoleKey.None,
            };
            return new ConsoleKeyInfo(key, name, shift: false, alt: false, control: false);
        }

        public void Write(string text) => Written += text;
    }
}
