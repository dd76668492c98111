using System.Collections.Immutable;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Dns;
using MtaCluster.Node.Storage.PostgreSql;
using MtaCluster.Protocol.Address;
using Npgsql;

namespace MtaCluster.Node.Recipients;

/// <summary>
/// Mailboxes and aliases in tables of the operator's, asked by the operator's queries. Answers are kept for a while, a bounded number of them, and a question
/// that many have at once is asked once. After a failure the database is left alone for a second, and every answer is
/// <see cref="Presence.Away"/>.
/// </summary>
internal sealed class SqlRecipients : IUserSource, IAliasSource, IAsyncDisposable
{
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(1);

    private readonly RecipientSqlSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly NpgsqlDataSource _database;
    private readonly string _name;
    private readonly AnswerCache<UserAnswer> _users;
    private readonly AnswerCache<AliasAnswer> _aliases;
    private long _restUntil = long.MinValue;
    private int _isAway;

    /// <summary>Prepares to connect; nothing is opened yet.</summary>
    public SqlRecipients(RecipientSqlSettings settings, TimeProvider time, ILogger logger)
    {
        _settings = settings;
        _time = time;
        _logger = logger;
        var connection = PostgresConnections.For(settings.ConnectionString, "recipients");
        connection.MaxPoolSize = settings.Connections;
        connection.CommandTimeout = Math.Max(1, (int)Math.Ceiling(settings.Timeout.TotalSeconds));
        _name = $"{connection.Host}:{connection.Port}/{connection.Database ?? connection.Username}";
        _database = NpgsqlDataSource.Create(connection);
        _users = new AnswerCache<UserAnswer>(LookUpUserAsync, settings.CacheSize, time);
        _aliases = new AnswerCache<AliasAnswer>(LookUpAliasAsync, settings.CacheSize, time);
    }

    async ValueTask<Presence> IUserSource.FindAsync(Mailbox mailbox, CancellationToken cancellationToken) =>
        (await _users.GetAsync(AddressKey.Of(mailbox), cancellationToken).ConfigureAwait(false)).Presence;

    ValueTask<AliasAnswer> IAliasSource.FindAsync(Mailbox mailbox, CancellationToken cancellationToken) =>
        _aliases.GetAsync(AddressKey.Of(mailbox), cancellationToken);

    ValueTask<AliasAnswer> IAliasSource.FindForDomainAsync(string domain, CancellationToken cancellationToken) =>
        _aliases.GetAsync("@" + domain, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private async Task<(UserAnswer Answer, TimeSpan Ttl)> LookUpUserAsync(string address)
    {
        var rows = await QueryAsync(_settings.UserQuery!, address).ConfigureAwait(false);
        return rows switch
        {
            null => (UserAnswer.Away, TimeSpan.Zero),
            [] => (UserAnswer.Unknown, _settings.NegativeTtl),
            _ => (UserAnswer.Known, _settings.PositiveTtl),
        };
    }

    private async Task<(AliasAnswer Answer, TimeSpan Ttl)> LookUpAliasAsync(string address)
    {
        var rows = await QueryAsync(_settings.AliasQuery!, address).ConfigureAwait(false);
        if (rows is null)
        {
            return (AliasAnswer.Away, TimeSpan.Zero);
        }

        var targets = ImmutableArray.CreateBuilder<Mailbox>();
        foreach (var row in rows)
        {
            if (AddressFileParser.Targets(row, Mailbox.DomainOf(address), out var error) is not { } some)
            {
                _logger.AliasRowRefused(address, error!);
                return (AliasAnswer.Away, _settings.NegativeTtl);
            }

            targets.AddRange(some);
        }

        return targets.Count == 0 ? (AliasAnswer.None, _settings.NegativeTtl) : (AliasAnswer.Of(targets.ToImmutable()), _settings.PositiveTtl);
    }

    /// <summary>The first column of all rows; null if the database could not be asked.</summary>
    private async Task<List<string>?> QueryAsync(string query, string address)
    {
        if (_time.GetTimestamp() < Volatile.Read(ref _restUntil))
        {
            return null;
        }

        try
        {
            // The driver tries to cancel a command that takes too long, which with a server that stands still takes longer.
            using var limit = new CancellationTokenSource(_settings.Timeout, _time);
            var rows = await ReadAsync(query, address, limit.Token).WaitAsync(limit.Token).ConfigureAwait(false);
            if (Interlocked.Exchange(ref _isAway, 0) == 1)
            {
                _logger.RecipientDatabaseBack(_name);
            }

            return rows;
        }
        catch (Exception failure)
        {
            Volatile.Write(ref _restUntil, _time.GetTimestamp() + (long)(s_rest.TotalSeconds * _time.TimestampFrequency));
            if (Interlocked.Exchange(ref _isAway, 1) == 0)
            {
                _logger.RecipientDatabaseAway(failure, _name);
            }

            return null;
        }
    }

    private async Task<List<string>> ReadAsync(string query, string address, CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var command = new NpgsqlCommand(query, connection);
        var at = address.LastIndexOf('@');
        command.Parameters.AddWithValue("address", address);
        command.Parameters.AddWithValue("local", address[..at]);
        command.Parameters.AddWithValue("domain", address[(at + 1)..]);
        var rows = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (rows.Count <= RecipientResolver.MaximumExpansion && await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            rows.Add(await reader.IsDBNullAsync(0, cancellationToken).ConfigureAwait(false)
                ? string.Empty
                : Convert.ToString(reader.GetValue(0), System.Globalization.CultureInfo.InvariantCulture) ?? string.Empty);
        }

        return rows;
    }

    private sealed record UserAnswer(Presence Presence)
    {
        public static readonly UserAnswer Known = new(Presence.Known);
        public static readonly UserAnswer Unknown = new(Presence.Unknown);
        public static readonly UserAnswer Away = new(Presence.Away);
    }
}
