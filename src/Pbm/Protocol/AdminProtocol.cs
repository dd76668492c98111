using System.Text.Json;
using System.Text.Json.Serialization;

// Compiled into the node and into pbm alike: all that the two share.
namespace MtaCluster.Pbm.Protocol;

/// <summary>The admin protocol: HTTP/1.1, a bearer token, JSON.</summary>
internal static class AdminProtocol
{
    /// <summary>GET: the palettes, an array of <see cref="PaletteDescription"/>.</summary>
    public const string PalettesPath = "/admin/palettes";

    /// <summary>POST a <see cref="RunRequest"/>: the answer is a <see cref="Reply"/> a line, as they come; the last one is final.</summary>
    public const string RunPath = "/admin/run";

    /// <summary>The content type of replies.</summary>
    public const string ReplyType = "application/x-ndjson";

    /// <summary>The name of the file, in a node's data directory, with the token of its machine.</summary>
    public const string TokenFile = "admin-token";

    /// <summary>The status of a reply that asks for a secret: <see cref="Reply.Ask"/>.</summary>
    public const int SecretNeeded = 428;

    /// <summary>The name of the command that a palette is by itself.</summary>
    public const string Unnamed = "";

    /// <summary>How everything is written.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };
}

/// <summary>A family of commands.</summary>
/// <param name="Name">Its first word.</param>
/// <param name="Description">In a few words.</param>
/// <param name="Commands">What it can do; one with the empty name is what the palette does by itself.</param>
internal sealed record PaletteDescription(string Name, string Description, IReadOnlyList<CommandDescription> Commands);

/// <summary>A command of a palette.</summary>
/// <param name="Name">Its second word.</param>
/// <param name="Description">In a sentence.</param>
/// <param name="Arguments">By position; those that must be given come first.</param>
/// <param name="Switches">By name: <c>--name value</c>, or <c>--name</c> alone for a flag.</param>
/// <param name="Changes">It changes something: viewers may not.</param>
/// <param name="Streams">It goes on until it is ended.</param>
/// <param name="Secret">What it takes that is never on a command line, such as a password; null for nothing.</param>
internal sealed record CommandDescription(
    string Name,
    string Description,
    IReadOnlyList<ParameterDescription> Arguments,
    IReadOnlyList<ParameterDescription> Switches,
    bool Changes,
    bool Streams,
    string? Secret = null);

/// <summary>What a parameter is.</summary>
internal enum ParameterType
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>A whole number from 0 on.</summary>
    Number,

    /// <summary>A time such as <c>90s</c>, <c>15m</c>, <c>2h</c>, <c>3d</c>, <c>1h30m</c>.</summary>
    Duration,

    /// <summary>There or not: it takes no value.</summary>
    Flag,

    /// <summary>One of a few words.</summary>
    Choice,

    /// <summary>The id of a message: 20 letters and digits.</summary>
    QueueId,

    /// <summary>A node: <c>host:port</c> of its cluster address, or the address in full.</summary>
    Node,
}

/// <summary>An argument or a switch.</summary>
/// <param name="Name">Without dashes.</param>
/// <param name="Type">What it is.</param>
/// <param name="Description">In a sentence.</param>
/// <param name="Required">It must be given.</param>
/// <param name="Choices">The words of a choice.</param>
/// <param name="Repeats">It may be given more than once.</param>
internal sealed record ParameterDescription(
    string Name, ParameterType Type, string Description, bool Required = false, IReadOnlyList<string>? Choices = null, bool Repeats = false);

/// <summary>Run this.</summary>
/// <param name="Palette">The palette.</param>
/// <param name="Command">The command, or the empty name.</param>
/// <param name="Arguments">The further words, as they were typed.</param>
/// <param name="Secret">The secret, once it was asked for.</param>
internal sealed record RunRequest(string Palette, string Command, IReadOnlyList<string> Arguments, string? Secret = null)
{
    /// <summary>Without the secret: it may come to a log.</summary>
    public override string ToString() => $"{Palette} {Command}";
}

/// <summary>A piece of an answer.</summary>
/// <param name="Text">A line for people, or null.</param>
/// <param name="Data">The same for machines, or null.</param>
/// <param name="Final">Nothing follows.</param>
/// <param name="Error">The command failed, or its answer is incomplete; the text says why.</param>
/// <param name="Ask">The command takes a secret, and nothing was done yet: ask for this, and send the request again with it.</param>
internal sealed record Reply(string? Text, JsonElement? Data = null, bool Final = false, bool Error = false, string? Ask = null);
