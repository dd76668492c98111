using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MtaCluster.Pbm.Protocol;

namespace MtaCluster.Pbm;

/// <summary>There is no answer: the node could not be asked, or made nothing of the question. The message says why.</summary>
internal sealed class NotAnsweredException(string message, Exception? inner = null, bool isLost = false) : Exception(message, inner)
{
    /// <summary>There is no connection now; there may be one later.</summary>
    public bool IsLost => isLost;
}

/// <summary>Speaks the admin protocol to one node.</summary>
internal sealed class AdminClient : IDisposable
{
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(5);
    private readonly HttpClient _http;
    private readonly string _target;

    /// <summary>A client of the node that the command line names. Connects when it is first used.</summary>
    /// <exception cref="NotAnsweredException">The token or the certificates cannot be read.</exception>
    public AdminClient(CommandLine line)
    {
        _target = line.Target;
        var handler = new SocketsHttpHandler { ConnectTimeout = s_connectTimeout, UseProxy = false, AllowAutoRedirect = false };
        if (line.CertificateAuthority is { } authorities)
        {
            handler.SslOptions.CertificateChainPolicy = PolicyOf(authorities);
        }

        _http = new HttpClient(handler) { BaseAddress = new Uri($"{(line.Tls ? "https" : "http")}://{_target}"), Timeout = Timeout.InfiniteTimeSpan };
        if (Token.Find(line) is { } token)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>The palettes of the node.</summary>
    /// <exception cref="NotAnsweredException">The node could not be asked.</exception>
    public async Task<ImmutableArray<PaletteDescription>> GetPalettesAsync(CancellationToken ended)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, AdminProtocol.PalettesPath);
        using var response = await SendAsync(request, ended).ConfigureAwait(false);
        try
        {
            return [.. (await response.Content.ReadFromJsonAsync<PaletteDescription[]>(AdminProtocol.Json, ended).ConfigureAwait(false))!];
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException or JsonException)
        {
            throw Lost(failure);
        }
    }

    /// <summary>Runs a command; replies come as the node sends them, the last one is final.</summary>
    /// <param name="words">The palette, the command, what it takes.</param>
    /// <param name="secret">The secret, if the node asked for one the last time.</param>
    /// <param name="ended">Ends it.</param>
    /// <exception cref="NotAnsweredException">The node could not be asked, made nothing of the command, or went away in the middle of its answer.</exception>
    public async IAsyncEnumerable<Reply> RunAsync(ImmutableArray<string> words, string? secret, [EnumeratorCancellation] CancellationToken ended)
    {
        // A word that looks like a switch is no name of a command: then the palette is the command.
        var named = words.Length > 1 && !words[1].StartsWith('-') ? 2 : 1;
        var run = new RunRequest(words[0], named == 2 ? words[1] : AdminProtocol.Unnamed, words[named..], secret);
        using var request = new HttpRequestMessage(HttpMethod.Post, AdminProtocol.RunPath) { Content = JsonContent.Create(run, options: AdminProtocol.Json) };
        using var response = await SendAsync(request, ended).ConfigureAwait(false);
        var stream = await response.Content.ReadAsStreamAsync(ended).ConfigureAwait(false);
        using var reader = new StreamReader(stream);
        Reply reply;
        do
        {
            reply = await ReadAsync(reader, ended).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.ServiceUnavailable)
            {
                throw new NotAnsweredException(reply.Text ?? $"{_target} answered {(int)response.StatusCode}");
            }

            yield return reply;
        }
        while (!reply.Final);
    }

    private async Task<Reply> ReadAsync(StreamReader reader, CancellationToken ended)
    {
        try
        {
            return await reader.ReadLineAsync(ended).ConfigureAwait(false) is { } line
                ? JsonSerializer.Deserialize<Reply>(line, AdminProtocol.Json)!
                : throw new IOException("it ended in the middle of an answer");
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException or JsonException or ObjectDisposedException)
        {
            // A connection that was closed because the command was given up says so in more than one way.
            ended.ThrowIfCancellationRequested();
            throw Lost(failure);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ended)
    {
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ended).ConfigureAwait(false);
        }
        catch (HttpRequestException failure)
        {
            throw failure.InnerException is AuthenticationException
                ? new NotAnsweredException($"{_target} has no certificate that can be trusted (--ca): {failure.InnerException.Message}", failure)
                : Lost(failure);
        }
        catch (TaskCanceledException failure) when (!ended.IsCancellationRequested)
        {
            throw Lost(failure);
        }

        // What the node says of a command comes as a reply, whatever the status is.
        if (response.IsSuccessStatusCode || response.Content.Headers.ContentType?.MediaType == AdminProtocol.ReplyType)
        {
            return response;
        }

        using (response)
        {
            throw new NotAnsweredException(response.StatusCode == HttpStatusCode.Unauthorized
                ? $"{_target} does not know this token: give another one by --token-file, PBM_TOKEN or --data-directory"
                : $"{_target} answered {(int)response.StatusCode}: is this an admin endpoint?");
        }
    }

    private NotAnsweredException Lost(Exception failure) => new($"no connection to {_target}: {failure.GetBaseException().Message}", failure, isLost: true);

    private static X509ChainPolicy PolicyOf(string authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(authorities);
            return policy;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new NotAnsweredException($"--ca: {failure.Message}", failure);
        }
    }
}
