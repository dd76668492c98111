namespace MtaCluster.Node.Admin;

/// <summary>One thing told by its properties: a line for each, the names as wide as the widest.</summary>
internal static class Card
{
    /// <summary>Writes it; properties without a value are left out.</summary>
    public static async Task WriteAsync(ReplyWriter replies, object data, params (string Name, string? Value)[] properties)
    {
        var width = properties.Max(property => property.Name.Length) + 1;
        await replies.DataAsync(data).ConfigureAwait(false);
        foreach (var (name, value) in properties)
        {
            if (value is not null)
            {
                await replies.LineAsync($"{(name + ":").PadRight(width)} {value}").ConfigureAwait(false);
            }
        }
    }
}
