using MtaCluster.Actors.Routing;
using MtaCluster.Node.Recipients;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Policy;

namespace MtaCluster.Node.Tests.Recipients;

/// <summary>Real files of recipients for a test, and short words for what the specs of recipients have in common.</summary>
internal sealed class RecipientFiles : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private int _count;

    public RecordedLog<RecipientFiles> Log { get; } = new();

    public static Mailbox Box(string text) => AddressKey.TryParse(text, out var mailbox) ? mailbox : throw new ArgumentException(text);

    public static PolicyRecipient Recipient(string text) => new(Box(text));

    public static RecipientDomain Domain(string pattern) =>
        new(DomainPattern.TryParse(pattern, out var domain) ? domain : throw new ArgumentException(pattern));

    public static string Describe(Resolution resolution) => resolution switch
    {
        Resolution.Taken => "taken",
        Resolution.Expanded expanded => string.Join(' ', expanded.Targets),
        Resolution.Unknown unknown => "unknown" + (unknown.NextHopText is { } text ? $": {text}" : ""),
        Resolution.Away => "away",
        Resolution.Broken broken => "broken: " + broken.Reason,
        _ => throw new ArgumentException(resolution.ToString()),
    };

    public string this[string name] => _directory[name];

    public AddressFile Users(params string[] lines) => Write(AddressFileKind.Users, lines);

    public AddressFile Aliases(params string[] lines) => Write(AddressFileKind.Aliases, lines);

    public void Dispose() => _directory.Dispose();

    private AddressFile Write(AddressFileKind kind, string[] lines)
    {
        var path = _directory[$"{kind}{_count++}"];
        File.WriteAllLines(path, lines);
        return new AddressFile(path, kind, TimeProvider.System, Log);
    }
}
