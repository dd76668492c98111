using System.Collections.Immutable;
using System.Globalization;

namespace MtaCluster.Pbm;

/// <summary>The terminal, as far as a line editor needs one.</summary>
internal interface ITerminal
{
    /// <summary>Columns.</summary>
    int Width { get; }

    /// <summary>
    /// From now on Ctrl-C is a key, until this is disposed: a signal again, for what runs then. Taken before the prompt is shown, or what is typed at once is lost to the signal.
    /// </summary>
    IDisposable TakeKeys();

    /// <summary>Waits for a key; null when there will be none any more.</summary>
    ConsoleKeyInfo? ReadKey();

    /// <summary>Writes text and what moves the cursor.</summary>
    void Write(string text);
}

/// <summary>Reads a line at a terminal: cursor keys, the usual control keys, history, completion. A line too long for the terminal scrolls sideways.</summary>
internal sealed class LineEditor(ITerminal terminal, History history, Func<string, ImmutableArray<string>> complete)
{
    private const string Bell = "\a";
    private string _prompt = "";
    private string _text = "";
    private string _begun = "";
    private int _cursor;
    private int _recalled;

    /// <summary>Reads a line. Null at the end of input (Ctrl-D); empty when the line was given up (Ctrl-C).</summary>
    public string? Read(string prompt)
    {
        (_prompt, _text, _cursor, _begun, _recalled) = (prompt, "", 0, "", history.Lines.Count);
        using var keys = terminal.TakeKeys();
        Draw();
        while (true)
        {
            var key = terminal.ReadKey();
            if (key is null || (IsControl(key.Value, ConsoleKey.D) && _text.Length == 0))
            {
                terminal.Write("\r\n");
                return null;
            }

            if (IsControl(key.Value, ConsoleKey.C))
            {
                terminal.Write("^C\r\n");
                return "";
            }

            if (key.Value.Key == ConsoleKey.Enter || key.Value.KeyChar is '\r' or '\n')
            {
                Set(_text, _text.Length);
                Draw();
                terminal.Write("\r\n");
                return _text;
            }

            Handle(key.Value);
            Draw();
        }
    }

    private static bool IsControl(ConsoleKeyInfo key, ConsoleKey letter)
        => key.KeyChar == (char)(letter - ConsoleKey.A + 1) && (key.Key == letter || key.Modifiers.HasFlag(ConsoleModifiers.Control));

    private void Handle(ConsoleKeyInfo key)
    {
        switch (key.Key)
        {
            case ConsoleKey.Tab:
                Complete();
                break;
            case ConsoleKey.Backspace:
                Remove(_cursor - 1, _cursor);
                break;
            case ConsoleKey.Delete:
                Remove(_cursor, _cursor + 1);
                break;
            case ConsoleKey.LeftArrow:
                Set(_text, _cursor - 1);
                break;
            case ConsoleKey.RightArrow:
                Set(_text, _cursor + 1);
                break;
            case ConsoleKey.Home:
                Set(_text, 0);
                break;
            case ConsoleKey.End:
                Set(_text, _text.Length);
                break;
            case ConsoleKey.UpArrow:
                Recall(_recalled - 1);
                break;
            case ConsoleKey.DownArrow:
                Recall(_recalled + 1);
                break;
            default:
                HandleCharacter(key.KeyChar);
                break;
        }
    }

    private void HandleCharacter(char character)
    {
        switch (character)
        {
            case '\x01':
                Set(_text, 0);
                break;
            case '\x04':
                Remove(_cursor, _cursor + 1);
                break;
            case '\x05':
                Set(_text, _text.Length);
                break;
            case '\x0b':
                Remove(_cursor, _text.Length);
                break;
            case '\x0c':
                terminal.Write("\x1b[H\x1b[2J");
                break;
            case '\x0e':
                Recall(_recalled + 1);
                break;
            case '\x10':
                Recall(_recalled - 1);
                break;
            case '\x15':
                Remove(0, _cursor);
                break;
            case '\x17':
                Remove(WordStart(_text[.._cursor].TrimEnd()), _cursor);
                break;
            case var printable when !char.IsControl(printable):
                Set(_text.Insert(_cursor, printable.ToString()), _cursor + 1);
                break;
        }
    }

    private static int WordStart(string text) => text.LastIndexOf(' ') + 1;

    private void Set(string text, int cursor) => (_text, _cursor) = (text, Math.Clamp(cursor, 0, text.Length));

    private void Remove(int start, int end)
    {
        if (start >= 0 && end <= _text.Length && start < end)
        {
            Set(_text.Remove(start, end - start), start);
        }
    }

    // What was being typed comes after the last line of the history.
    private void Recall(int line)
    {
        if (line < 0 || line > history.Lines.Count)
        {
            return;
        }

        _begun = _recalled == history.Lines.Count ? _text : _begun;
        _recalled = line;
        var text = line == history.Lines.Count ? _begun : history.Lines[line];
        Set(text, text.Length);
    }

    private void Complete()
    {
        var before = _text[.._cursor];
        var candidates = complete(before);
        var start = WordStart(before);
        var begun = before[start..];
        var common = candidates.Length == 0 ? begun : candidates.Aggregate(CommonPrefix)!;
        if (candidates.Length == 1)
        {
            Replace(start, common + " ");
        }
        else if (common.Length > begun.Length)
        {
            Replace(start, common);
        }
        else
        {
            terminal.Write(candidates.Length == 0 ? Bell : $"\r\n{string.Join("  ", candidates)}\r\n");
        }
    }

    private static string CommonPrefix(string left, string right)
    {
        var length = left.AsSpan().CommonPrefixLength(right);
        return left[..length];
    }

    private void Replace(int start, string word) => Set(_text[..start] + word + _text[_cursor..], start + word.Length);

    private void Draw()
    {
        var room = Math.Max(10, terminal.Width - _prompt.Length - 1);
        var offset = Math.Max(0, _cursor - room);
        var visible = _text.Substring(offset, Math.Min(room, _text.Length - offset));
        var back = offset + visible.Length - _cursor;
        var move = back == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"\x1b[{back}D");
        terminal.Write($"\r{_prompt}{visible}\x1b[K{move}");
    }
}
