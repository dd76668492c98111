using System.Diagnostics.CodeAnalysis;

namespace MtaCluster.Actors.Routing;

/// <summary>
/// What limits are counted by: a site and, where a shaping rule is for some domains alone, that rule. Its text form is stable: it
/// names entities, is journaled and logged.
/// </summary>
/// <param name="Site">The name of the site; see <see cref="SiteName"/>.</param>
/// <param name="Rule">The text of the shaping rule that matches the recipient's domain, if one but <c>*</c> does.</param>
public sealed record DestinationKey(string Site, string? Rule = null)
{
    private const char Separator = '#';

    /// <summary>Reads the text form; false for an empty site or rule.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out DestinationKey? key)
    {
        key = null;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        var separator = text.IndexOf(Separator, StringComparison.Ordinal);
        var site = Unescape(separator < 0 ? text : text[..separator]);
        var rule = separator < 0 ? null : Unescape(text[(separator + 1)..]);
        if (site.Length == 0 || rule is { Length: 0 })
        {
            return false;
        }

        key = new DestinationKey(site, rule);
        return true;
    }

    /// <summary>The text form: <c>site</c> or <c>site#rule</c>.</summary>
    public override string ToString() => Rule is null ? Escape(Site) : Escape(Site) + Separator + Escape(Rule);

    private static string Escape(string text) => text.AsSpan().IndexOfAny('%', Separator) < 0
        ? text
        : text.Replace("%", "%25", StringComparison.Ordinal).Replace("#", "%23", StringComparison.Ordinal);

    private static string Unescape(string text) => text.Contains('%', StringComparison.Ordinal)
        ? text.Replace("%23", "#", StringComparison.Ordinal).Replace("%25", "%", StringComparison.Ordinal)
        : text;
}
