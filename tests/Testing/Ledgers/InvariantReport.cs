using System.Globalization;
using System.Text;

namespace MtaCluster.Testing.Ledgers;

/// <summary>A promise that was broken.</summary>
/// <param name="Subject">The message, by a recipient, or what else it was broken for.</param>
/// <param name="What">How.</param>
public sealed record Violation(string Subject, string What);

/// <summary>What a check of one invariant found.</summary>
/// <param name="Number">Its number in docs/reliability.md.</param>
/// <param name="Promise">What must hold.</param>
/// <param name="Violations">Where it does not.</param>
/// <param name="Note">What was seen, or why it could not be checked.</param>
/// <param name="IsChecked">False if the evidence says nothing about it.</param>
public sealed record InvariantResult(int Number, string Promise, IReadOnlyList<Violation> Violations, string Note, bool IsChecked = true)
{
    /// <summary>It holds, or was not checked.</summary>
    public bool Holds => Violations.Count == 0;
}

/// <summary>What the checks of all invariants found.</summary>
/// <param name="Results">One for each invariant, in order.</param>
public sealed record InvariantReport(IReadOnlyList<InvariantResult> Results)
{
    private const int Shown = 10;

    /// <summary>True if no promise was broken.</summary>
    public bool IsClean => Results.All(result => result.Holds);

    /// <summary>The result for an invariant.</summary>
    public InvariantResult this[int number] => Results[number - 1];

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var result in Results)
        {
            var state = !result.IsChecked ? "not checked" : result.Holds ? "holds" : $"BROKEN {result.Violations.Count} times";
            text.Append(CultureInfo.InvariantCulture, $"{result.Number,2}. {result.Promise}: {state}");
            text.Append(result.Note.Length > 0 ? $" ({result.Note})\n" : "\n");
            foreach (var violation in result.Violations.Take(Shown))
            {
                text.Append(CultureInfo.InvariantCulture, $"      {violation.Subject}: {violation.What}\n");
            }

            if (result.Violations.Count > Shown)
            {
                text.Append(CultureInfo.InvariantCulture, $"      and {result.Violations.Count - Shown} more\n");
            }
        }

        return text.ToString();
    }
}
