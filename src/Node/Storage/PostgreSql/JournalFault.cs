using System.Net.Sockets;
using Akka.Pattern;
using Npgsql;

namespace MtaCluster.Node.Storage.PostgreSql;

/// <summary>What a failure of the journal tells about the write that it ended.</summary>
internal static class JournalFault
{
    /// <summary>
    /// Classes of SQLSTATE after which the transaction is rolled back for certain: a constraint, a serialization failure, a lack of resources, a
    /// statement that cannot be run. Not among them is class 57, the server's own end, which may come after a commit took effect.
    /// </summary>
    private static readonly string[] s_rolledBack = ["22", "23", "25", "28", "3D", "40", "42", "53", "54"];

    /// <summary>Whether nothing was written, for certain: the server said so, or the write never left this node. Otherwise nobody knows.</summary>
    public static bool IsNotWritten(Exception failure) => failure switch
    {
        AggregateException several => several.InnerExceptions.All(IsNotWritten),
        OpenCircuitException => true,
        PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow } => true,
        PostgresException refused => Array.Exists(s_rolledBack, refused.SqlState.StartsWith),
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => true,
        { InnerException: { } inner } => IsNotWritten(inner),
        _ => false,
    };
}
