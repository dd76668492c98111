using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using MtaCluster.Protocol.Address;

namespace MtaCluster.Node.Recipients;

/// <summary>What a file of addresses holds.</summary>
public enum AddressFileKind
{
    /// <summary>One mailbox per line; what follows it on the line means nothing.</summary>
    Users,

    /// <summary>An address and what it stands for per line.</summary>
    Aliases,
}

/// <summary>
/// Reads files of addresses in the forms that operators have: those of Postfix's maps and of <c>/etc/aliases</c>.
/// </summary>
/// <remarks>
/// <code>
/// # A comment. Lines that begin with white space go on the line before.
/// ann                          a mailbox of every domain that the file is for
/// bob@example.net       OK     a mailbox; the rest of the line means nothing in a file of users
/// @example.org                 all mailboxes of a domain
/// sales: ann, bob@example.net  an alias; the colon may be left out
/// </code>
/// Targets without a domain are of the domain of the address that is looked up: they are kept as they are. Programs (<c>|…</c>), files (<c>/…</c>) and
/// lists (<c>:include:…</c>) are refused: this server delivers to none.
/// </remarks>
internal sealed class AddressFileParser(AddressFileKind kind)
{
    /// <summary>The most octets of a file.</summary>
    public const long MaximumFile = 256L * 1024 * 1024;

    /// <summary>The most errors that are told of one file.</summary>
    public const int MaximumErrors = 10;

    private const string PlaceHolder = "domain.invalid";

    private readonly AddressTable.Builder _table = new();
    private readonly List<string> _errors = [];
    private int _errorCount;

    /// <summary>Reads a whole file. The table is null if there were errors.</summary>
    /// <exception cref="IOException">It cannot be read, or is too big.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static (AddressTable? Table, ImmutableArray<string> Errors) ReadFile(string path, AddressFileKind kind)
    {
        using var reader = new StreamReader(path, new System.Text.UTF8Encoding(false, true));
        return reader.BaseStream.Length > MaximumFile
            ? throw new IOException($"{path} has more than {MaximumFile} octets")
            : new AddressFileParser(kind).Read(reader);
    }

    /// <summary>Reads all lines. The table is null if there were errors.</summary>
    public (AddressTable? Table, ImmutableArray<string> Errors) Read(TextReader reader)
    {
        var number = 0;
        var first = 0;
        string? logical = null;
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (line.Length > 0 && line[0] is ' ' or '\t' && line.AsSpan().Trim() is var more && !more.IsEmpty && more[0] != '#')
            {
                if (logical is null)
                {
                    Error(number, "it goes on a line that is not there");
                }
                else if (logical.Length + line.Length > AddressTable.MaximumValue)
                {
                    Error(first, "the entry is too long");
                    logical = string.Empty;
                }
                else
                {
                    logical = $"{logical} {more}";
                }

                continue;
            }

            if (line.AsSpan().Trim() is not { IsEmpty: false } text || text[0] == '#')
            {
                continue;
            }

            Entry(logical, first);
            (logical, first) = (line, number);
        }

        Entry(logical, first);
        if (_errorCount > _errors.Count)
        {
            _errors.Add($"and {(_errorCount - _errors.Count).ToString(CultureInfo.InvariantCulture)} errors more");
        }

        return _errorCount > 0 ? (null, [.. _errors]) : (_table.Build(), []);
    }

    /// <summary>The mailboxes of a list of targets, those without a domain in <paramref name="domain"/>; null, with what is wrong, if one is none.</summary>
    public static ImmutableArray<Mailbox>? Targets(ReadOnlySpan<char> text, string domain, out string? error)
    {
        var targets = ImmutableArray.CreateBuilder<Mailbox>();
        error = null;
        while (!text.IsEmpty)
        {
            var target = text[..EndOfAddress(text, ",")];
            text = text[Math.Min(text.Length, target.Length + 1)..];
            target = target.Trim();
            if (target.IsEmpty)
            {
                continue;
            }

            if (target[0] is '|' or '/' or ':' || target.StartsWith("\"|") || target.StartsWith("\"/"))
            {
                error = $"\"{target}\": programs, files and lists are not delivered to";
                return null;
            }

            if (!TryAddress(target, domain, out var mailbox))
            {
                error = $"\"{target}\" is no address";
                return null;
            }

            targets.Add(mailbox);
        }

        return targets.ToImmutable();
    }

    private static bool TryAddress(ReadOnlySpan<char> text, string domain, [NotNullWhen(true)] out Mailbox? mailbox)
    {
        // A quoted local part may hold what separates, so the last one counts: no domain has any.
        var hasDomain = text.LastIndexOf('@') > text.LastIndexOf('"');
        return AddressKey.TryParse(hasDomain ? text : $"{text}@{domain}", out mailbox);
    }

    /// <summary>Where an address ends: at one of <paramref name="ends"/> outside quotes, or with the text.</summary>
    private static int EndOfAddress(ReadOnlySpan<char> text, string ends)
    {
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '"':
                    quoted = !quoted;
                    break;
                case '\\':
                    i++;
                    break;
                case var c when !quoted && ends.Contains(c, StringComparison.Ordinal):
                    return i;
            }
        }

        return text.Length;
    }

    private void Entry(ReadOnlySpan<char> line, int number)
    {
        if (line.IsEmpty)
        {
            return;
        }

        var end = EndOfAddress(line, kind == AddressFileKind.Aliases ? ": \t" : " \t");
        var rest = line[end..].TrimStart();
        if (kind == AddressFileKind.Aliases && !rest.IsEmpty && rest[0] == ':')
        {
            rest = rest[1..];
        }

        if (Key(line[..end], number) is not { } key)
        {
            return;
        }

        rest = kind == AddressFileKind.Aliases ? rest.Trim() : [];
        if (kind == AddressFileKind.Aliases && (Targets(rest, PlaceHolder, out var error) is not { Length: > 0 }))
        {
            Error(number, error ?? "the alias stands for nothing");
            return;
        }

        try
        {
            if (!_table.TryAdd(key, rest))
            {
                // In a list of users it changes nothing; of two aliases nobody can tell which was meant.
                if (kind == AddressFileKind.Aliases)
                {
                    Error(number, $"\"{key}\" is there already");
                }
            }
        }
        catch (InvalidDataException failure)
        {
            Error(number, failure.Message);
        }
    }

    /// <summary>The form in which an address is looked up: <c>local</c>, <c>local@domain</c> or <c>@domain</c>.</summary>
    private string? Key(ReadOnlySpan<char> address, int number)
    {
        if (address.Length > 1 && address[0] == '@' && MailDomain.TryParse(address[1..], out var domain))
        {
            return "@" + domain.Text;
        }

        if (address.Length > Mailbox.MaximumLength || !TryAddress(address, PlaceHolder, out var mailbox))
        {
            Error(number, $"\"{address[..Math.Min(address.Length, 80)]}\" is no address");
            return null;
        }

        var isLocal = mailbox.DomainSpan.SequenceEqual(PlaceHolder);
        return (isLocal ? mailbox.LocalPart : mailbox.ToString()).ToLowerInvariant();
    }

    private void Error(int number, string what)
    {
        _errorCount++;
        if (_errors.Count < MaximumErrors)
        {
            _errors.Add(string.Create(CultureInfo.InvariantCulture, $"line {number}: {what}"));
        }
    }
}
