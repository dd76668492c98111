using System.Collections.Immutable;
using MtaCluster.Node.Storage;
using MtaCluster.Protocol.Address;

namespace MtaCluster.Node.Recipients;

/// <summary>
/// A file of addresses that is read again when it has changed. It is looked at when something is looked up, at most once a second, and read in the
/// background: until then, and whenever the new content is no good, the old one holds.
/// </summary>
/// <remarks>
/// Half a file would bounce mail for the other half. So a file counts as changed only once it has been left alone for two seconds and stayed the
/// same while it was read; one that has become empty, or is gone, is taken for an accident. A file that cannot be read at the start is
/// <see cref="Presence.Away"/>.
/// </remarks>
internal sealed class AddressFile : IUserSource, IAliasSource
{
    private static readonly TimeSpan s_lookInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_settleTime = TimeSpan.FromSeconds(2);

    private readonly AddressFileKind _kind;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _looking = new();
    private AddressTable? _table;
    private FileStamp _read;
    private FileStamp _refused;
    private long _nextLook;
    private Task _reading = Task.CompletedTask;

    /// <summary>Reads the file for the first time.</summary>
    public AddressFile(string path, AddressFileKind kind, TimeProvider time, ILogger logger)
    {
        Path = path;
        _kind = kind;
        _time = time;
        _logger = logger;
        Read(FileStamp.Of(Path));
        _nextLook = NextLook();
    }

    /// <summary>Its absolute path.</summary>
    public string Path { get; }

    /// <summary>How many entries it has.</summary>
    public int Count => _table?.Count ?? 0;

    /// <summary>What is wrong with a file, for the start of a node: nothing if it can be used.</summary>
    public static ImmutableArray<string> Check(string path, AddressFileKind kind)
    {
        try
        {
            var (table, errors) = AddressFileParser.ReadFile(path, kind);
            return table is { Count: 0 } && kind == AddressFileKind.Users ? ["it holds no mailbox"] : errors;
        }
        catch (Exception failure) when (IsUnreadable(failure))
        {
            return [failure.Message];
        }
    }

    /// <summary>Looks whether the file has changed, and completes once it has been read again if so.</summary>
    public Task RefreshAsync()
    {
        lock (_looking)
        {
            if (_reading.IsCompleted)
            {
                _nextLook = NextLook();
                var now = FileStamp.Of(Path);
                _reading = now != _read && now != _refused && IsSettled(now) ? Task.Run(() => Read(now)) : Task.CompletedTask;
            }

            return _reading;
        }
    }

    /// <inheritdoc/>
    ValueTask<Presence> IUserSource.FindAsync(Mailbox mailbox, CancellationToken cancellationToken) => ValueTask.FromResult(FindUser(mailbox));

    /// <inheritdoc/>
    ValueTask<AliasAnswer> IAliasSource.FindAsync(Mailbox mailbox, CancellationToken cancellationToken) => ValueTask.FromResult(FindAlias(mailbox));

    /// <inheritdoc/>
    ValueTask<AliasAnswer> IAliasSource.FindForDomainAsync(string domain, CancellationToken cancellationToken) =>
        ValueTask.FromResult(FindForDomain(domain));

    /// <summary>Whether the mailbox is in the file.</summary>
    public Presence FindUser(Mailbox mailbox)
    {
        if (Current() is not { } table)
        {
            return Presence.Away;
        }

        Span<char> buffer = stackalloc char[Mailbox.MaximumLength];
        var key = AddressKey.Write(mailbox, buffer);
        var at = mailbox.LocalPartSpan.Length;
        return table.Contains(key) || table.Contains(key[..at]) || table.Contains(key[at..]) ? Presence.Known : Presence.Unknown;
    }

    /// <summary>What the mailbox stands for. An address is over a name.</summary>
    public AliasAnswer FindAlias(Mailbox mailbox)
    {
        if (Current() is not { } table)
        {
            return AliasAnswer.Away;
        }

        Span<char> buffer = stackalloc char[Mailbox.MaximumLength];
        var key = AddressKey.Write(mailbox, buffer);
        return (table.Value(key) ?? table.Value(key[..mailbox.LocalPartSpan.Length])) is { } targets ? Answer(targets, mailbox.Domain) : AliasAnswer.None;
    }

    /// <summary>What every mailbox of a domain stands for that is nothing else.</summary>
    public AliasAnswer FindForDomain(string domain) =>
        Current() is not { } table ? AliasAnswer.Away
            : table.Value("@" + domain) is { } targets ? Answer(targets, domain)
            : AliasAnswer.None;

    // What was read was checked, but the domain of the address may make a name too long.
    private static AliasAnswer Answer(string targets, string domain) =>
        AddressFileParser.Targets(targets, domain, out _) is { } mailboxes ? AliasAnswer.Of(mailboxes) : AliasAnswer.Away;

    private AddressTable? Current()
    {
        if (_time.GetTimestamp() >= Volatile.Read(ref _nextLook))
        {
            _ = RefreshAsync();
        }

        return Volatile.Read(ref _table);
    }

    private void Read(FileStamp stamp)
    {
        var reasons = string.Empty;
        AddressTable? table = null;
        try
        {
            (table, var errors) = AddressFileParser.ReadFile(Path, _kind);
            reasons = string.Join("; ", errors);
            if (table is { Count: 0 } && (_kind == AddressFileKind.Users || _table is { Count: > 0 }))
            {
                (table, reasons) = (null, "it holds nothing");
            }
        }
        catch (Exception failure) when (IsUnreadable(failure))
        {
            reasons = failure.Message;
        }

        if (_table is not null && FileStamp.Of(Path) != stamp)
        {
            // Somebody wrote meanwhile: what was read may be half of one and half of the other.
            return;
        }

        if (table is null)
        {
            _refused = stamp;
            _logger.AddressFileRefused(Path, reasons, _table is null ? "mail is deferred" : "the old content holds");
            return;
        }

        _read = stamp;
        Volatile.Write(ref _table, table);
        _logger.AddressFileRead(Path, table.Count, table.Size);
    }

    private static bool IsUnreadable(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or System.Text.DecoderFallbackException or NotSupportedException;

    private long NextLook() => _time.GetTimestamp() + (long)(s_lookInterval.TotalSeconds * _time.TimestampFrequency);

    private bool IsSettled(FileStamp stamp) => stamp.Length < 0 || _time.GetUtcNow().UtcDateTime - stamp.Written >= s_settleTime;
}
