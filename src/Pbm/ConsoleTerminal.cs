namespace MtaCluster.Pbm;

/// <summary>The terminal of this process.</summary>
/// <param name="output">Where it is written to.</param>
internal sealed class ConsoleTerminal(TextWriter output) : ITerminal
{
    private const int UnknownWidth = 80;

    /// <inheritdoc/>
    public int Width => Console.WindowWidth is > 0 and var width ? width : UnknownWidth;

    /// <inheritdoc/>
    public IDisposable TakeKeys() => new Keys();

    /// <inheritdoc/>
    public ConsoleKeyInfo? ReadKey()
    {
        try
        {
            return Console.ReadKey(intercept: true);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Write(string text) => output.Write(text);

    private sealed class Keys : IDisposable
    {
        public Keys() => Console.TreatControlCAsInput = true;

        public void Dispose() => Console.TreatControlCAsInput = false;
    }
}
