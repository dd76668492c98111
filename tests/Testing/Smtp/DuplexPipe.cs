using System.IO.Pipelines;

namespace MtaCluster.Testing.Smtp;

/// <summary>One end of a connection, out of two pipes.</summary>
public sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
{
    /// <inheritdoc/>
    public PipeReader Input => input;

    /// <inheritdoc/>
    public PipeWriter Output => output;
}
