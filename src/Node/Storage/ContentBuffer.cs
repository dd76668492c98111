using System.Buffers;

namespace MtaCluster.Node.Storage;

/// <summary>Content that gathers in pooled memory, with room around it for what a store adds. A value that changes: no field of it may be readonly.</summary>
/// <param name="before">Octets of room before the content.</param>
/// <param name="behind">Octets of room behind it.</param>
internal struct ContentBuffer(int before, int behind)
{
    private const int FirstArray = 16 * 1024;
    private byte[]? _array;

    /// <summary>Octets of content.</summary>
    public int Length { get; private set; }

    /// <summary>The content.</summary>
    public readonly ReadOnlyMemory<byte> Content => _array.AsMemory(before, Length);

    /// <summary>Adds to the content.</summary>
    public void Append(ReadOnlySpan<byte> content)
    {
        var end = before + Length;
        var needed = end + content.Length + behind;
        if (_array is null || _array.Length < needed)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstArray, needed));
            if (_array is not null)
            {
                Content.Span.CopyTo(larger.AsSpan(before));
                ArrayPool<byte>.Shared.Return(_array);
            }

            _array = larger;
        }

        content.CopyTo(_array.AsSpan(end));
        Length += content.Length;
    }

    /// <summary>Begins anew, in the same memory.</summary>
    public void Clear() => Length = 0;

    /// <summary>Hands over the memory; whoever takes it gives it back to the pool.</summary>
    public byte[] Take() => Interlocked.Exchange(ref _array, null) ?? ArrayPool<byte>.Shared.Rent(FirstArray);

    /// <summary>Gives the memory back, unless it was handed over.</summary>
    public void Return()
    {
        if (Interlocked.Exchange(ref _array, null) is { } array)
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }
}
