using System.Diagnostics.CodeAnalysis;

namespace MtaCluster.Protocol.Policy;

/// <summary>
/// A header field that can be put before a message as it is: a name of ftext (RFC 5322 §3.6.8) and a body of printable ASCII, spaces and tabs on one
/// line of at most 998 octets. What is not ASCII must be encoded before (RFC 2047).
/// </summary>
public sealed record HeaderField
{
    /// <summary>The most octets of name, colon, space and body (RFC 5322 §2.1.1).</summary>
    public const int MaximumLength = 998;

    private HeaderField(string name, string body)
    {
        Name = name;
        Body = body;
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The body, without the space before it.</summary>
    public string Body { get; }

    /// <summary>Makes a field; false if it could be more than one, or none.</summary>
    public static bool TryCreate(string name, string body, [NotNullWhen(true)] out HeaderField? field)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(body);
        var isGood = name.Length > 0 && name.Length + 2 + body.Length <= MaximumLength
            && name.All(c => c is >= '!' and <= '~' and not ':') && body.All(c => c is (>= ' ' and <= '~') or '\t');
        field = isGood ? new HeaderField(name, body) : null;
        return isGood;
    }

    /// <summary>A field with a name of ours and a text from anywhere: what cannot stand in it becomes <c>?</c>, what is too long is cut.</summary>
    /// <exception cref="ArgumentException">The name is no ftext.</exception>
    public static HeaderField CreateSafe(string name, string text)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(text);
        var room = Math.Max(0, MaximumLength - name.Length - 2);
        var body = string.Create(Math.Min(text.Length, room), text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = source[i] is >= ' ' and <= '~' ? source[i] : '?';
            }
        });
        return TryCreate(name, body, out var field) ? field : throw new ArgumentException($"\"{name}\" is no name of a header field.", nameof(name));
    }

    /// <summary>The field without its line end.</summary>
    public override string ToString() => $"{Name}: {Body}";
}
