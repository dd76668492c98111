using System.Text;

namespace MtaCluster.Pbm.Tests;

public sealed class LineEditorSpecs
{
    private readonly FakeTerminal _terminal = new();
    private readonly History _history = History.Open(null);

    [Theory]
    [InlineData("abc", "abc\r")]
    [InlineData("abc", "abc\n")]
    [InlineData("axbc", "abc{Left}{Left}x\r")]
    [InlineData("xabc", "abc{Home}x\r")]
    [InlineData("xabcy", "abc\x01x\x05y\r")]
    [InlineData("ab", "abc{Backspace}\r")]
    [InlineData("bc", "abc{Home}{Delete}\r")]
    [InlineData("bc", "abc\x01\x04\r")]
    [InlineData("a", "abc\x01{Right}\x0b\r")]
    [InlineData("c", "abc{Left}\x15\r")]
    [InlineData("queue ", "queue list\x17\r")]
    [InlineData("", "queue \x17\r")]
    [InlineData("é€", "é€\r")]
    [InlineData("a", "a{F5}{Escape}\r")]
    public void Keys_edit_the_line(string expected, string keys) => Assert.Equal(expected, Read(keys));

    [Fact]
    public void Ctrl_D_ends_the_input_only_on_an_empty_line()
    {
        Assert.Null(Read("\x04"));
        Assert.Equal("a", Read("ab{Left}\x04\r"));
        Assert.Null(Read("abc"));
    }

    [Fact]
    public void Ctrl_C_gives_the_line_up() => Assert.Equal("", Read("abc\x03"));

    [Fact]
    public void The_history_is_walked_with_the_cursor_keys_and_what_was_begun_comes_back()
    {
        _history.Add("first");
        _history.Add("second");

        Assert.Equal("second", Read("{Up}\r"));
        Assert.Equal("first", Read("{Up}{Up}{Up}\r"));
        Assert.Equal("second", Read("\x10\x10\x0e\r"));
        Assert.Equal("begun", Read("begun{Up}{Up}{Down}{Down}{Down}\r"));
        Assert.Equal("first!", Read("{Up}{Up}!\r"));
    }

    [Fact]
    public void Tab_completes_a_word_as_far_as_it_is_certain_and_then_lists_what_there_is()
    {
        Assert.Equal("ledger ", Read("le\t\r"));
        Assert.Equal("cluster", Read("cl\t\r"));
        Assert.Equal("queue list --status parked ", Read("queue l\t--st\tp\t\r"));
        Assert.Equal("nonsense", Read("nonsense\t\r"));

        Read("cluster\t\r");

        Assert.Contains("\r\ncluster  cluster-sharding\r\n", _terminal.Written, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_is_too_long_scrolls_sideways()
    {
        _terminal.Width = 20;

        Assert.Equal("0123456789abcdefghij", Read("0123456789abcdefghij{Left}\r"));

        // The prompt takes two columns, and one is for the cursor.
        Assert.EndsWith("\r> 3456789abcdefghij\x1b[K\r\n", _terminal.Written, StringComparison.Ordinal);
    }

    private string? Read(string keys)
    {
        _terminal.Type(keys);
        return new LineEditor(_terminal, _history, text => Completion.Of(text, SamplePalettes.All)).Read("> ");
    }

    private sealed class FakeTerminal : ITerminal
    {
        private readonly Queue<ConsoleKeyInfo> _keys = [];
        private readonly StringBuilder _written = new();

        public int Width { get; set; } = 80;

        public string Written => _written.ToString();

        public IDisposable TakeKeys() => Stream.Null;

        public ConsoleKeyInfo? ReadKey() => _keys.TryDequeue(out var key) ? key : null;

        public void Write(string text) => _written.Append(text);

        /// <summary>Characters are typed as they are, {Name} is the key of that name.</summary>
        public void Type(string keys)
        {
            _keys.Clear();
            for (var i = 0; i < keys.Length; i++)
            {
                if (keys[i] == '{')
                {
                    var end = keys.IndexOf('}', i);
                    _keys.Enqueue(new ConsoleKeyInfo('\0', KeyOf(keys[(i + 1)..end]), false, false, false));
                    i = end;
                }
                else
                {
                    _keys.Enqueue(KeyOf(keys[i]));
                }
            }
        }

        private static ConsoleKey KeyOf(string name) => name switch
        {
            "Left" => ConsoleKey.LeftArrow,
            "Right" => ConsoleKey.RightArrow,
            "Up" => ConsoleKey.UpArrow,
            "Down" => ConsoleKey.DownArrow,
            _ => Enum.Parse<ConsoleKey>(name),
        };

        private static ConsoleKeyInfo KeyOf(char character) => character switch
        {
            '\t' => new ConsoleKeyInfo(character, ConsoleKey.Tab, false, false, false),
            '\r' or '\n' => new ConsoleKeyInfo(character, ConsoleKey.Enter, false, false, false),
            < ' ' => new ConsoleKeyInfo(character, ConsoleKey.A + character - 1, false, false, control: true),
            _ => new ConsoleKeyInfo(character, 0, false, false, false),
        };
    }
}
