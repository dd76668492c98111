using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MtaCluster.Actors.Routing;
using MtaCluster.Protocol.Sasl;

namespace MtaCluster.Node.Auth;

/// <summary>The users file, as text: <c>{ "users": [ { "name": …, "password": …, "scram": …, "identities": […] } ] }</c>.</summary>
internal static class UsersDocument
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        AllowTrailingCommas = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidDataException">It is not one; the message says where, and quotes no secret.</exception>
    public static FrozenDictionary<string, UserRecord> Parse(ReadOnlySpan<byte> text)
    {
        Document document;
        try
        {
            document = JsonSerializer.Deserialize<Document>(text, s_options) ?? throw new InvalidDataException("it is empty");
        }
        catch (JsonException failure)
        {
            throw new InvalidDataException($"it is no list of users: line {failure.LineNumber + 1}, at {failure.Path}", failure);
        }

        var users = new Dictionary<string, UserRecord>(StringComparer.Ordinal);
        foreach (var (entry, i) in (document.Users ?? []).Select((entry, i) => (entry, i)))
        {
            var user = Read(entry ?? new Entry(), $"users[{i}]");
            if (!users.TryAdd(user.Name, user))
            {
                throw new InvalidDataException($"users[{i}].name: another user is {user.Name}");
            }
        }

        return users.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>Writes it.</summary>
    public static byte[] Write(IEnumerable<UserRecord> users) =>
    [
        .. JsonSerializer.SerializeToUtf8Bytes(
            new Document
            {
                Users = [.. users.Select(user => new Entry
                {
                    Name = user.Name,
                    Password = user.Password.ToString(),
                    Scram = user.Scram?.ToString(),
                    Identities = [.. user.Identities.Select(identity => identity.ToString())],
                    Enabled = user.IsEnabled ? null : false,
                    Rate = user.Rate?.ToString(),
                })],
            },
            s_options),
        (byte)'\n',
    ];

    private static UserRecord Read(Entry entry, string where)
    {
        if (entry.Name is null || !UserName.TryCanonicalise(entry.Name, out var name))
        {
            throw new InvalidDataException($"{where}.name: expected is {UserName.Form}");
        }

        if (entry.Password is null || !PasswordHash.TryParse(entry.Password, out var password))
        {
            throw new InvalidDataException($"{where}.password: expected is a hash, $argon2id$v=19$m=…,t=…,p=1$…$…");
        }

        ScramKeys? scram = null;
        if (entry.Scram is not null && !ScramKeys.TryParse(entry.Scram, out scram))
        {
            throw new InvalidDataException($"{where}.scram: expected is SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey");
        }

        Rate? rate = null;
        if (entry.Rate is not null && !Rate.TryParse(entry.Rate, out rate))
        {
            throw new InvalidDataException($"{where}.rate: expected is N/s, N/m, N/h or N/d");
        }

        return new UserRecord(name, password, scram, Identities(entry, where)) { IsEnabled = entry.Enabled ?? true, Rate = rate };
    }

    private static ImmutableArray<SenderIdentity> Identities(Entry entry, string where) =>
    [
        .. (entry.Identities ?? []).Select((text, i) => SenderIdentity.TryParse(text ?? "", out var identity)
            ? identity
            : throw new InvalidDataException($"{where}.identities[{i}]: expected is {SenderIdentity.Form}")),
    ];

    private sealed record Document
    {
        public Entry?[]? Users { get; init; }
    }

    private sealed record Entry
    {
        public string? Name { get; init; }

        public string? Password { get; init; }

        public string? Scram { get; init; }

        public string?[]? Identities { get; init; }

        public bool? Enabled { get; init; }

        public string? Rate { get; init; }
    }
}
