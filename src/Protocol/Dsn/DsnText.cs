using System.Text;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Protocol.Dsn;

/// <summary>Makes foreign text fit for a notification: one line, bounded, without control characters, folded.</summary>
internal static class DsnText
{
    /// <summary>Characters of a reply that are reported.</summary>
    public const int MaximumReply = 1_000;

    private const int LineWidth = 76;

    /// <summary>Characters without a space that are not broken: within the 998 of RFC 5322 §2.1.1, and longer than any address.</summary>
    private const int LongestWord = 600;

    /// <summary>The reply on one line, bounded.</summary>
    public static string OneLine(SmtpReply reply) => Clean(reply.ToString(), MaximumReply, asciiOnly: false);

    /// <summary>Control characters become spaces, and what is not ASCII '?' where that is asked for; the end is cut off with "...".</summary>
    public static string Clean(string text, int maximum, bool asciiOnly)
    {
        var length = Math.Min(text.Length, maximum);
        var cleaned = string.Create(length, (text, asciiOnly), static (span, state) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                var c = state.text[i];
                span[i] = char.IsControl(c) ? ' ' : state.asciiOnly && c > '~' ? '?' : c;
            }
        });
        return length < text.Length ? cleaned + "..." : cleaned;
    }

    /// <summary>Appends <paramref name="text"/>, breaking lines at spaces; each new line begins with <paramref name="indent"/>.</summary>
    public static void AppendFolded(StringBuilder output, ReadOnlySpan<char> text, int column, string indent)
    {
        text = text.Trim(' ');
        while (column + text.Length > LineWidth)
        {
            var room = Math.Max(LineWidth - column, 0);
            var end = text[..Math.Min(room + 1, text.Length)].LastIndexOf(' ');
            if (end <= 0)
            {
                end = text.IndexOf(' ');
            }

            end = Math.Min(end < 0 ? text.Length : end, LongestWord);
            output.Append(text[..end]);
            text = text[end..].TrimStart(' ');
            if (text.IsEmpty)
            {
                return;
            }

            output.Append("\r\n").Append(indent);
            column = indent.Length;
        }

        output.Append(text);
    }
}
