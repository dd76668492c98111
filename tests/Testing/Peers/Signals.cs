using System.Globalization;
using System.Runtime.InteropServices;

namespace MtaCluster.Testing.Peers;

/// <summary>Signals to processes that a test has started, by process id.</summary>
internal static class Signals
{
    public const int Interrupt = 2;
    public const int Quit = 3;
    public const int Continue = 18;
    public const int Stop = 19;

    /// <summary>Sends a signal; a process that has ended already does not mind.</summary>
    public static void Send(int processId, int signal) => _ = Kill(processId, signal);

    /// <summary>The processes that a process has started and that have not ended.</summary>
    public static List<int> ChildrenOf(int processId)
    {
        try
        {
            return [.. Directory.GetDirectories($"/proc/{processId}/task")
                .SelectMany(task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(child => int.Parse(child, CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            return [];
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
