using MtaCluster.Actors.Storage;

namespace MtaCluster.Testing.Storage;

/// <summary>Writes and reads whole bodies.</summary>
public static class Bodies
{
    /// <summary>Octets that depend on the seed alone.</summary>
    public static byte[] Octets(int length, int seed)
    {
        var octets = new byte[length];
        new Random(seed).NextBytes(octets);
        return octets;
    }

    /// <summary>Writes a body as a session does, in pieces with a flush after each.</summary>
    public static async Task<BodyRef> WriteAsync(
        this IMessageStore store, ReadOnlyMemory<byte> content, ReadOnlyMemory<byte> prefix, CancellationToken cancellationToken, int spool = 0)
    {
        await using var writer = store.CreateBody(spool);
        for (var i = 0; i < content.Length; i += 65_536)
        {
            writer.Write(content.Span.Slice(i, Math.Min(65_536, content.Length - i)));
            await writer.FlushAsync(cancellationToken);
        }

        return await writer.CompleteAsync(prefix, cancellationToken);
    }

    /// <summary>Reads a body to its end.</summary>
    public static async Task<byte[]> ReadAsync(this IMessageStore store, BodyRef body, CancellationToken cancellationToken)
    {
        await using var reader = await store.OpenAsync(body, cancellationToken);
        var content = new byte[reader.Length];
        var length = 0;
        while (true)
        {
            var chunk = await reader.ReadAsync(cancellationToken);
            if (chunk.IsEmpty)
            {
                return content[..length];
            }

            chunk.CopyTo(content.AsMemory(length));
            length += chunk.Length;
        }
    }
}
