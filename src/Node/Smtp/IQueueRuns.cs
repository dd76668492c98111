namespace MtaCluster.Node.Smtp;

/// <summary>Tries queued messages again before their time, for ETRN (RFC 1985).</summary>
public interface IQueueRuns
{
    /// <summary>Begins with the messages for <paramref name="domain"/>, and those for domains below it if asked; does not wait.</summary>
    void Begin(string domain, bool withSubdomains);
}
