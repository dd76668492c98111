using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using MtaCluster.Testing.Ledgers;

namespace MtaCluster.Testing.Peers;

/// <summary>Asks a cluster for its account through the admin endpoint of one of its nodes, as the admin command line does.</summary>
public static class NodeLedger
{
    private const string TokenFile = "admin-token";

    /// <summary>The account of all spools.</summary>
    /// <returns>Null if the nodes do not offer it.</returns>
    /// <exception cref="InvalidOperationException">Not every spool answered.</exception>
    /// <exception cref="HttpRequestException">The node did not answer.</exception>
    public static async Task<ClusterAccount?> AskAsync(NodeProcess node)
    {
        var token = Path.Combine(node.Settings.Directory, "data", TokenFile);
        if (!File.Exists(token))
        {
            return null;
        }

        using var client = NodeAdmin.Connect(node.Settings);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/admin/run", UriKind.Relative))
        {
            Content = JsonContent.Create(new { palette = "ledger", command = string.Empty, arguments = Array.Empty<string>() }),
        };
        var text = await File.ReadAllTextAsync(token).ConfigureAwait(false);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", text.Trim());
        using var response = await client.SendAsync(request).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        return Read(await response.Content.ReadAsStringAsync().ConfigureAwait(false));
    }

    // A reply a line; one of them has the totals, and one has each spool that does not add up.
    private static ClusterAccount Read(string replies)
    {
        var suspects = 0;
        ClusterAccount? account = null;
        foreach (var line in replies.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var reply = JsonDocument.Parse(line);
            if (!reply.RootElement.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Object)
            {
                continue;
            }

            suspects += data.TryGetProperty("spool", out _) ? 1 : 0;
            if (data.TryGetProperty("total", out var total) && total.GetProperty("isComplete").GetBoolean())
            {
                account = new ClusterAccount(
                    total.GetProperty("accepted").GetInt64(),
                    total.GetProperty("delivered").GetInt64(),
                    total.GetProperty("bounced").GetInt64(),
                    total.GetProperty("discarded").GetInt64(),
                    total.GetProperty("queued").GetInt64(),
                    suspects);
            }
        }

        return account ?? throw new InvalidOperationException($"not every spool answered:\n{replies}");
    }
}
