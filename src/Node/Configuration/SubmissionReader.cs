using System.Collections.Immutable;
using MtaCluster.Protocol.Submission;

namespace MtaCluster.Node.Configuration;

/// <summary>Reads the section <c>Mta:Submission</c>.</summary>
internal static class SubmissionReader
{
    /// <summary>Reads the section.</summary>
    public static SubmissionSettings Read(SectionReader submission)
    {
        var defaults = SubmissionSettings.None;
        var settings = new SubmissionSettings(
            submission.Value("ReversePath", TryReversePath, "own or any", defaults.ChecksReversePath),
            new SubmissionRules(
                new AddressRewriter(Rewrite(submission)),
                submission.Value("From", TryFrom, "own, sender or any", defaults.Rules.From)));
        submission.RejectUnknownKeys();
        return settings;
    }

    private static ImmutableArray<RewriteRule> Rewrite(SectionReader submission)
    {
        var rules = ImmutableArray.CreateBuilder<RewriteRule>();
        foreach (var section in submission.Sections("Rewrite"))
        {
            var from = section.Required<AddressPattern>("From", TryPattern, AddressPattern.Form);
            var to = section.Required<AddressPattern>("To", TryPattern, "an address, or an address with an asterisk such as *@example.net");
            section.RejectUnknownKeys();
            if (from is null || to is null)
            {
                continue;
            }

            if (!to.HasOneDomain)
            {
                section.Error("To", $"\"{to}\" is in no one domain");
            }

            if (to.HasWildcard && !from.HasWildcard)
            {
                section.Error("To", $"\"{to}\" has an asterisk, and From has none that it could stand for");
            }

            rules.Add(new RewriteRule(from, to));
        }

        return rules.ToImmutable();
    }

    private static bool TryPattern(string text, out AddressPattern value)
    {
        var isGood = AddressPattern.TryParse(text, out var pattern);
        value = pattern!;
        return isGood;
    }

    private static bool TryReversePath(string text, out bool isChecked)
    {
        isChecked = text.Equals("own", StringComparison.OrdinalIgnoreCase);
        return isChecked || text.Equals("any", StringComparison.OrdinalIgnoreCase);
    }

    private static bool TryFrom(string text, out FromRule rule)
    {
        rule = text.ToUpperInvariant() switch
        {
            "OWN" => FromRule.Own,
            "SENDER" => FromRule.AddSender,
            _ => FromRule.Any,
        };
        return rule != FromRule.Any || text.Equals("any", StringComparison.OrdinalIgnoreCase);
    }
}
