using System.Diagnostics;
using System.Text;

namespace MtaCluster.Fuzz;

/// <summary>What a fuzzing run found.</summary>
/// <param name="Sessions">Inputs that were tried.</param>
/// <param name="Failure">What does not hold, or null.</param>
/// <param name="Input">What shows it.</param>
public sealed record FuzzReport(long Sessions, InvariantException? Failure, FuzzInput? Input);

/// <summary>One input, and how it was given.</summary>
/// <param name="Octets">The input.</param>
/// <param name="Pieces">The lengths of the pieces in which it was given the second time.</param>
/// <param name="Lmtp">Whether the listener spoke LMTP.</param>
public sealed record FuzzInput(byte[] Octets, int[] Pieces, bool Lmtp)
{
    /// <summary>How to try it again.</summary>
    public override string ToString() =>
        $"printf '{SessionFuzzer.Print(Octets)}' >seed.smtp     # {(Lmtp ? "LMTP" : "SMTP")}, in pieces of {string.Join(' ', Pieces)}";
}

/// <summary>Feeds sessions with mutations of the corpus, and each input twice: as a whole, and cut in pieces.</summary>
/// <param name="checksMemory">Whether the memory of the whole process is watched: for a process that does nothing else.</param>
public sealed class SessionFuzzer(bool checksMemory = false)
{
    // After so many sessions, what is in use is compared with what was.
    private const int MemoryEvery = 5000;
    private const long MemorySlack = 32L * 1024 * 1024;

    private long _baseline;

    /// <summary>The inputs that all others come from.</summary>
    public static IReadOnlyList<byte[]> Corpus { get; } = [.. Load()];

    /// <summary>Goes on until the time is over or something does not hold.</summary>
    public async Task<FuzzReport> RunAsync(int seed, TimeSpan duration)
    {
        var mutator = new Mutator(seed, Corpus);
        var clock = Stopwatch.StartNew();
        for (long sessions = 1; ; sessions++)
        {
            var octets = sessions <= Corpus.Count ? Corpus[(int)sessions - 1] : mutator.Next();
            var input = new FuzzInput(octets, mutator.Cuts(octets.Length), Lmtp: sessions % 8 == 0);
            try
            {
                await TryAsync(input.Octets, [input.Pieces], input.Lmtp).ConfigureAwait(false);
                CheckMemory(sessions);
            }
            catch (InvariantException failure)
            {
                return new FuzzReport(sessions, failure, input);
            }

            if (clock.Elapsed > duration)
            {
                return new FuzzReport(sessions, null, null);
            }
        }
    }

    /// <summary>Tries one input, whole and in each of these ways cut to pieces.</summary>
    /// <exception cref="InvariantException">Something does not hold.</exception>
    public static async Task TryAsync(byte[] input, IEnumerable<int[]> ways, bool lmtp)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(ways);
        var whole = await SessionRun.OfAsync(input, [input.Length], lmtp).ConfigureAwait(false);
        Invariants.Check(whole, lmtp);
        foreach (var pieces in ways)
        {
            var cut = await SessionRun.OfAsync(input, pieces, lmtp).ConfigureAwait(false);
            Invariants.Check(cut, lmtp);
            Invariants.CheckSame(whole, cut);
        }
    }

    private void CheckMemory(long sessions)
    {
        if (!checksMemory || sessions % MemoryEvery != 0)
        {
            return;
        }

        var used = GC.GetTotalMemory(forceFullCollection: true);
        _baseline = _baseline == 0 ? used : _baseline;
        if (used > _baseline + MemorySlack)
        {
            throw new InvariantException($"{used - _baseline} octets more are in use than after the first {MemoryEvery} sessions");
        }
    }

    private static IEnumerable<byte[]> Load()
    {
        var assembly = typeof(SessionFuzzer).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            yield return memory.ToArray();
        }
    }

    /// <summary>An input as it can be pasted into a shell's <c>printf</c>.</summary>
    public static string Print(byte[] input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var text = new StringBuilder();
        foreach (var octet in input)
        {
            text.Append(octet switch
            {
                (byte)'\r' => "\\r",
                (byte)'\n' => "\\n",
                (byte)'\\' => "\\\\",
                (byte)'%' => "%%",
                (byte)'\'' => "\\047",
                >= 32 and < 127 => ((char)octet).ToString(),
                _ => "\\" + Convert.ToString(octet, 8).PadLeft(3, '0'),
            });
        }

        return text.ToString();
    }
}
