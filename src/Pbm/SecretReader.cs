using System.Text;

namespace MtaCluster.Pbm;

/// <summary>
/// Reads what must not be on a command line, where other users of the machine and the shell's history would have it: at a terminal it is typed twice and not shown;
/// else it is the next line of standard input.
/// </summary>
/// <param name="terminal">The terminal; null if standard input is none.</param>
/// <param name="input">Standard input.</param>
internal sealed class SecretReader(ITerminal? terminal, TextReader input)
{
    private const string Nothing = "nothing was given";

    /// <summary>The one of this process.</summary>
    public static SecretReader OfProcess() => new(Console.IsInputRedirected ? null : new ConsoleTerminal(Console.Error), Console.In);

    /// <summary>Reads a secret.</summary>
    /// <param name="what">What it is, as the node calls it.</param>
    /// <param name="error">Why there is none.</param>
    /// <returns>Null if there is none.</returns>
    public string? Read(string what, out string? error)
    {
        error = null;
        if (terminal is null)
        {
            var line = input.ReadLine();
            error = string.IsNullOrEmpty(line) ? $"{what}: {Nothing} on standard input" : null;
            return error is null ? line : null;
        }

        if (ReadHidden($"{what}: ") is not { Length: > 0 } first)
        {
            error = Nothing;
            return null;
        }

        if (ReadHidden($"{what} again: ") == first)
        {
            return first;
        }

        error = "the two are not the same";
        return null;
    }

    private string? ReadHidden(string prompt)
    {
        using var keys = terminal!.TakeKeys();
        terminal.Write(Output.Visible(prompt));
        var text = new StringBuilder();
        while (true)
        {
            if (terminal.ReadKey() is not { } key || key.KeyChar is '\x03' or '\x04')
            {
                terminal.Write("\r\n");
                return null;
            }

            if (key.Key == ConsoleKey.Enter || key.KeyChar is '\r' or '\n')
            {
                terminal.Write("\r\n");
                return text.ToString();
            }

            if (key.Key == ConsoleKey.Backspace)
            {
                text.Length = Math.Max(0, text.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                text.Append(key.KeyChar);
            }
        }
    }
}
