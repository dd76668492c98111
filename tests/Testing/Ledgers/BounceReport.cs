using System.Text.RegularExpressions;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Testing.Ledgers;

/// <summary>What a DSN says of one recipient, as it arrived at the return path.</summary>
/// <param name="ReportId">The Message-ID of the DSN: the same one twice is one report delivered twice.</param>
/// <param name="To">The recipient of the DSN: the reverse-path of the mail.</param>
/// <param name="Recipient">Whom it reports on.</param>
/// <param name="Arrival">The DSN itself.</param>
public sealed partial record BounceReport(string ReportId, string To, string Recipient, ReceivedMail Arrival)
{
    /// <summary>Reads the failures that a mail at the return path reports; none if it is no DSN. Written independently of the code under test.</summary>
    public static IEnumerable<BounceReport> Read(ReceivedMail mail)
    {
        var text = FoldPattern().Replace(mail.Text, " ");
        var id = IdPattern().Match(text);
        foreach (var block in text.Split("\r\n\r\n"))
        {
            var recipient = RecipientPattern().Match(block);
            if (recipient.Success && FailurePattern().IsMatch(block))
            {
                yield return new BounceReport(id.Groups[1].Value, mail.Recipients[0], recipient.Groups[1].Value, mail);
            }
        }
    }

    [GeneratedRegex(@"\r\n[ \t]+")]
    private static partial Regex FoldPattern();

    [GeneratedRegex(@"^Message-ID:\s*(<[^>]+>)", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"^Final-Recipient:\s*[a-z0-9-]+;\s*(\S+)", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex RecipientPattern();

    [GeneratedRegex(@"^Action:\s*failed", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex FailurePattern();
}
