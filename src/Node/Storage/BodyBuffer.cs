using System.Buffers;

namespace MtaCluster.Node.Storage;

/// <summary>A body in pooled memory, shared by the writer, the cache and readers; the last to let go returns the memory.</summary>
internal sealed class BodyBuffer
{
    private readonly byte[] _array;
    private readonly int _start;
    private readonly int _length;
    private int _references = 1;

    /// <summary>Takes over a pooled array, with a first reference held by the caller.</summary>
    public BodyBuffer(byte[] array, int start, int length)
    {
        _array = array;
        _start = start;
        _length = length;
    }

    /// <summary>Octets of memory that it keeps.</summary>
    public int Footprint => _array.Length;

    /// <summary>The body.</summary>
    public ReadOnlyMemory<byte> Content => _array.AsMemory(_start, _length);

    /// <summary>Takes another reference; false when the memory is gone already.</summary>
    public bool TryAcquire()
    {
        var references = Volatile.Read(ref _references);
        while (references > 0)
        {
            var seen = Interlocked.CompareExchange(ref _references, references + 1, references);
            if (seen == references)
            {
                return true;
            }

            references = seen;
        }

        return false;
    }

    /// <summary>Lets go of one reference.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }
    }
}
