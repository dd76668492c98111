using MtaCluster.Pbm.Protocol;

namespace MtaCluster.Node.Admin.Palettes;

/// <summary>Parameters in few words.</summary>
internal static class Parameters
{
    public static ParameterDescription Text(string name, string description, bool required = false) => new(name, ParameterType.Text, description, required);

    public static ParameterDescription Texts(string name, string description) => new(name, ParameterType.Text, description, Repeats: true);

    public static ParameterDescription Number(string name, string description) => new(name, ParameterType.Number, description);

    public static ParameterDescription Duration(string name, string description) => new(name, ParameterType.Duration, description);

    public static ParameterDescription Flag(string name, string description) => new(name, ParameterType.Flag, description);

    public static ParameterDescription Choice(string name, string description, params string[] choices) => new(name, ParameterType.Choice, description, false, choices);

    public static ParameterDescription QueueId(string name, string description) => new(name, ParameterType.QueueId, description, true);

    public static ParameterDescription Node(string name, string description, bool required) => new(name, ParameterType.Node, description, required);
}
