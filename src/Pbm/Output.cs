using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MtaCluster.Pbm.Protocol;

namespace MtaCluster.Pbm;

/// <summary>Where replies go. Text from outside cannot give orders to the terminal: its control characters are shown, not sent.</summary>
internal sealed class Output(TextWriter output, TextWriter errors)
{
    // Not for a web page: < and + may stay as they are. Control characters never do.
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a reply, for people or for machines.</summary>
    public void Write(Reply reply, bool json)
    {
        if (json)
        {
            WriteJson(reply);
        }
        else if (reply.Text is { } text)
        {
            (reply.Error ? errors : output).WriteLine(Visible(text));
        }

        output.Flush();
    }

    /// <summary>Writes a line of pbm's own.</summary>
    public void WriteLine(string line = "") => output.WriteLine(line);

    /// <summary>Writes what went wrong.</summary>
    public void WriteError(string error, bool json = false)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(new { error }, s_json));
        }
        else
        {
            errors.WriteLine(Visible(error));
        }
    }

    /// <summary>Control characters but the tab, as \x1b.</summary>
    internal static string Visible(string text)
    {
        if (!text.Any(IsDangerous))
        {
            return text;
        }

        var visible = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            _ = IsDangerous(c) ? visible.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}") : visible.Append(c);
        }

        return visible.ToString();
    }

    private static bool IsDangerous(char c) => char.IsControl(c) && c != '\t';

    private void WriteJson(Reply reply)
    {
        if (reply.Data is { } data)
        {
            output.WriteLine(JsonSerializer.Serialize(data, s_json));
        }

        if (reply is { Final: true, Error: true })
        {
            WriteError(reply.Text ?? "the command failed", json: true);
        }
    }
}
