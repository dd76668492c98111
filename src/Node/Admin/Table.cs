using System.Text;

namespace MtaCluster.Node.Admin;

/// <summary>
/// A table for people whose rows are data for machines: a header, then a reply for each row, in columns as wide as what is in them.
/// </summary>
internal sealed class Table<TRow>
{
    private const string Gap = "  ";
    private const int WidestCell = 80;
    private readonly List<(string Header, Func<TRow, string> Cell, bool AlignRight)> _columns = [];

    /// <summary>Adds a column of text.</summary>
    public Table<TRow> Column(string header, Func<TRow, string?> cell)
    {
        _columns.Add((header, row => cell(row) ?? "-", false));
        return this;
    }

    /// <summary>Adds a column of numbers, aligned to the right.</summary>
    public Table<TRow> Number(string header, Func<TRow, long> cell) => Right(header, row => Texts.Number(cell(row)));

    /// <summary>Adds a column that is aligned to the right.</summary>
    public Table<TRow> Right(string header, Func<TRow, string> cell)
    {
        _columns.Add((header, cell, true));
        return this;
    }

    /// <summary>Writes it; a table without rows has no header either.</summary>
    /// <param name="replies">Where it goes.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="forPeople">Machines have the rows already, as part of something else.</param>
    public async Task WriteAsync(ReplyWriter replies, IReadOnlyCollection<TRow> rows, bool forPeople = false)
    {
        if (rows.Count == 0)
        {
            return;
        }

        var cells = rows.Select(row => _columns.Select(column => Shorten(column.Cell(row))).ToArray()).ToArray();
        var widths = _columns.Select((column, i) => Math.Max(column.Header.Length, cells.Max(row => row[i].Length))).ToArray();
        await replies.LineAsync(Line([.. _columns.Select(column => column.Header)], widths)).ConfigureAwait(false);
        foreach (var (row, line) in rows.Zip(cells))
        {
            await replies.LineAsync(Line(line, widths), forPeople ? null : row).ConfigureAwait(false);
        }
    }

    private static string Shorten(string cell)
    {
        var line = cell.ReplaceLineEndings(" ");
        return line.Length <= WidestCell ? line : line[..(WidestCell - 1)] + "…";
    }

    private string Line(string[] cells, int[] widths)
    {
        var line = new StringBuilder();
        for (var i = 0; i < cells.Length; i++)
        {
            line.Append(i == 0 ? "" : Gap).Append(_columns[i].AlignRight ? cells[i].PadLeft(widths[i]) : cells[i].PadRight(widths[i]));
        }

        return line.ToString().TrimEnd();
    }
}
