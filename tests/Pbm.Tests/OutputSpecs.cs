using System.Text.Json;
using MtaCluster.Pbm.Protocol;

namespace MtaCluster.Pbm.Tests;

public sealed class OutputSpecs : IDisposable
{
    private readonly StringWriter _out = new() { NewLine = "\n" };
    private readonly StringWriter _errors = new() { NewLine = "\n" };
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("pbm-test.");
    private readonly Output _output;

    public OutputSpecs()
    {
        _output = new Output(_out, _errors);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void People_read_the_text_and_errors_apart_from_it()
    {
        _output.Write(new Reply("a line", Data("{\"a\":1}")), json: false);
        _output.Write(new Reply(null, Data("{\"b\":1}")), json: false);
        _output.Write(new Reply("it failed", Final: true, Error: true), json: false);

        Assert.Equal(("a line\n", "it failed\n"), (_out.ToString(), _errors.ToString()));
    }

    [Fact]
    public void Machines_read_the_data_a_line_each_and_the_error_among_it()
    {
        _output.Write(new Reply("HEADER"), json: true);
        _output.Write(new Reply("a line", Data("{\"a\": \"x+y\"}")), json: true);
        _output.Write(new Reply("it failed", Final: true, Error: true), json: true);

        Assert.Equal(("{\"a\":\"x+y\"}\n{\"error\":\"it failed\"}\n", ""), (_out.ToString(), _errors.ToString()));
    }

    [Fact]
    public void Text_from_outside_gives_no_orders_to_the_terminal()
    {
        _output.Write(new Reply("550 \x1b[2J\u009b1m\r\nfake\tü"), json: false);
        _output.Write(new Reply(null, Data("{\"a\":\"\\u001b\\u009b\"}")), json: true);

        Assert.Equal("550 \\x1b[2J\\x9b1m\\x0d\\x0afake\tü\n{\"a\":\"\\u001b\\u009b\"}\n", _out.ToString(), ignoreCase: true);
    }

    [Fact]
    public void Help_tells_what_a_palette_takes()
    {
        var help = HelpText.Of(SamplePalettes.All[2]);

        Assert.Contains("queue list [--status STATUS] [--limit N] [--older-than TIME] [--all]", help, StringComparison.Ordinal);
        Assert.Contains("queue tail ID --reason REASON", help, StringComparison.Ordinal);
        Assert.Contains("Follows. Until Ctrl-C", help, StringComparison.Ordinal);
        Assert.Contains("--status STATUS    In this state: parked, active", help, StringComparison.Ordinal);
        Assert.Contains("cluster leave [ADDRESS]", HelpText.Of(SamplePalettes.All[0]), StringComparison.Ordinal);
        Assert.Contains("ledger [--spools]", HelpText.Of(SamplePalettes.All[3]), StringComparison.Ordinal);
        Assert.Contains("  queue             Mail", HelpText.Of(SamplePalettes.All), StringComparison.Ordinal);
    }

    [Fact]
    public void The_history_is_kept_for_its_owner_alone_and_bounded()
    {
        var path = Path.Combine(_directory.FullName, "pbm", "history");
        var history = History.Open(path);
        for (var i = 0; i < 1100; i++)
        {
            history.Add($"line {i}");
            history.Add($"line {i}");
        }

        var again = History.Open(path);

        Assert.Equal(1000, again.Lines.Count);
        Assert.Equal(("line 100", "line 1099"), (again.Lines[0], again.Lines[^1]));
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(path) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Fact]
    public void A_history_that_cannot_be_kept_is_kept_in_memory()
    {
        var history = History.Open(Path.Combine(_directory.FullName, "file", "history"));
        File.WriteAllText(Path.Combine(_directory.FullName, "file"), "");

        history.Add("a");

        Assert.Equal("a", Assert.Single(history.Lines));
    }

    private static JsonElement Data(string json) => JsonDocument.Parse(json).RootElement;
}
