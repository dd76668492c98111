using System.Text.Json;
using MtaCluster.Pbm.Protocol;

namespace MtaCluster.Node.Admin;

/// <summary>Writes the replies to one command as they come, a line of JSON each.</summary>
internal sealed class ReplyWriter(Stream output, CancellationToken ended)
{
    private static readonly byte[] s_newLine = "\n"u8.ToArray();

    /// <summary>A line for people, and the same for machines, if it says something to them.</summary>
    public Task LineAsync(string text, object? data = null) => WriteAsync(new Reply(text, Element(data)));

    /// <summary>Something for machines alone.</summary>
    public Task DataAsync(object data) => WriteAsync(new Reply(null, Element(data)));

    /// <summary>The last reply.</summary>
    /// <param name="error">Why the command failed; null if it did not.</param>
    public Task FinishAsync(string? error) => WriteAsync(new Reply(error, Final: true, Error: error is not null));

    /// <summary>The only reply to a command that takes a secret and was given without one.</summary>
    /// <param name="what">What is to be asked for.</param>
    /// <param name="error">For a pbm that does not know how.</param>
    public Task AskAsync(string what, string error) => WriteAsync(new Reply(error, Final: true, Error: true, Ask: what));

    private static JsonElement? Element(object? data)
        => data is null ? null : JsonSerializer.SerializeToElement(data, data.GetType(), AdminProtocol.Json);

    private async Task WriteAsync(Reply reply)
    {
        await output.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(reply, AdminProtocol.Json), ended).ConfigureAwait(false);
        await output.WriteAsync(s_newLine, ended).ConfigureAwait(false);
        await output.FlushAsync(ended).ConfigureAwait(false);
    }
}
