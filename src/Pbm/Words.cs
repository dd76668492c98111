using System.Collections.Immutable;
using System.Text;

namespace MtaCluster.Pbm;

/// <summary>A line of a shell or script, as words: separated by spaces; quotes of either kind hold a word together, a backslash takes the next character as it is.</summary>
internal static class Words
{
    /// <summary>Splits a line. A quote that is not closed holds to the end. What follows a # at the start of a word is a comment.</summary>
    public static ImmutableArray<string> Split(string line)
    {
        var words = ImmutableArray.CreateBuilder<string>();
        StringBuilder? word = null;
        var quote = '\0';
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (c == '\\' && quote != '\'' && i + 1 < line.Length)
            {
                (word ??= new StringBuilder()).Append(line[++i]);
            }
            else if (quote != '\0' && c != quote)
            {
                word!.Append(c);
            }
            else if (quote != '\0')
            {
                quote = '\0';
            }
            else if (c is '"' or '\'')
            {
                quote = c;
                word ??= new StringBuilder();
            }
            else if (char.IsWhiteSpace(c))
            {
                Take(words, ref word);
            }
            else if (c == '#' && word is null)
            {
                break;
            }
            else
            {
                (word ??= new StringBuilder()).Append(c);
            }
        }

        Take(words, ref word);
        return words.ToImmutable();
    }

    private static void Take(ImmutableArray<string>.Builder words, ref StringBuilder? word)
    {
        if (word is not null)
        {
            words.Add(word.ToString());
            word = null;
        }
    }
}
