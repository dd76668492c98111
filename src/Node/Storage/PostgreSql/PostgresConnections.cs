using Npgsql;

namespace MtaCluster.Node.Storage.PostgreSql;

/// <summary>
/// How this program connects: what the operator wrote, over values of ours that let a dead or frozen server, or a cut connection, be
/// noticed in seconds on both sides.
/// </summary>
internal static class PostgresConnections
{
    // The driver gives up on a server that stands still after the time of a command and twice that of a connection, which it needs to cancel the command.
    // Who cannot wait for that has a limit of its own: the stores of bodies, and the journals in their circuit breakers.
    // Kerberos would ask the DNS for a realm before the first octet: an operator who has it says so.
    private const string Defaults =
        "Timeout=4;Command Timeout=6;Cancellation Timeout=1000;Tcp Keepalive=true;Tcp Keepalive Time=5;Tcp Keepalive Interval=1;" +
        "GSS Encryption Mode=Disable;Maximum Pool Size=32;Application Name=MtaCluster";

    // The transaction of a node that lost its power must not hold the rows that the next owner of its spools has to write.
    private const string SessionOptions =
        "-c idle_in_transaction_session_timeout=10s -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=4 " +
        "-c tcp_user_timeout=15s";

    /// <summary>The connection string for one use of a database; each use has a pool of its own, so that none can starve another.</summary>
    public static NpgsqlConnectionStringBuilder For(string connectionString, string use)
    {
        var builder = new NpgsqlConnectionStringBuilder(Defaults + ";" + connectionString);
        builder.ApplicationName += " " + use;
        if (string.IsNullOrEmpty(builder.Options))
        {
            builder.Options = SessionOptions;
        }

        return builder;
    }

    /// <summary>The connection is gone, rather than a command refused: another one may work.</summary>
    public static bool IsLost(NpgsqlException e) =>
        e is not PostgresException refused || refused.SqlState.StartsWith("57P0", StringComparison.Ordinal) || refused.SqlState.StartsWith("08", StringComparison.Ordinal);
}
