using System.Security.Cryptography;
using MtaCluster.Node.Configuration;

namespace MtaCluster.Node.Net.Tls;

/// <summary>One pair of files and what was loaded from it last.</summary>
internal sealed partial class CertificateSlot
{
    private static readonly TimeSpan s_soon = TimeSpan.FromDays(14);

    private const UnixFileMode OthersMay = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite;

    private readonly CertificateFiles _files;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private byte[] _seen;
    private string? _complaint;
    private DateTimeOffset _reminded;

    /// <summary>Loads the files.</summary>
    /// <exception cref="CryptographicException">They are no certificate and its key.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file must not be read.</exception>
    public CertificateSlot(CertificateFiles files, TimeProvider time, ILogger log)
    {
        _files = files;
        _time = time;
        _log = log;
        _seen = Digest();
        Current = ServerCertificate.Load(files);
        Tell();
    }

    /// <summary>What was loaded last.</summary>
    public ServerCertificate Current { get; private set; }

    /// <summary>Loads the files again if they have changed. What cannot be loaded is logged, once, and what was there stays.</summary>
    /// <returns>Whether there is another certificate now.</returns>
    public bool Refresh()
    {
        try
        {
            Remind();
            var digest = Digest();
            if (digest.AsSpan().SequenceEqual(_seen))
            {
                _complaint = null;
                return false;
            }

            // Before the loading: what cannot be loaded now is tried again once it has changed again.
            _seen = digest;
            Current = ServerCertificate.Load(_files);
            Tell();
            return true;
        }
        catch (Exception failure) when (TlsCertificates.IsOfFiles(failure))
        {
            if (_complaint != failure.Message)
            {
                _complaint = failure.Message;
                LogNotReloaded(_log, _files.CertificateFile, failure.Message);
            }

            return false;
        }
    }

    // By content: links are changed, clocks set back, and files replaced within one tick of their time stamps.
    private byte[] Digest() => SHA256.HashData([.. SHA256.HashData(File.ReadAllBytes(_files.CertificateFile)), .. SHA256.HashData(File.ReadAllBytes(_files.KeyFile))]);

    private void Tell()
    {
        _complaint = null;
        _reminded = default;
        LogLoaded(_log, _files.CertificateFile, string.Join(' ', Current.Names), Current.NotAfter);
        Remind();
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(_files.KeyFile) & OthersMay) != 0)
        {
            LogExposed(_log, _files.KeyFile);
        }
    }

    // Once a day.
    private void Remind()
    {
        var now = _time.GetUtcNow();
        if (Current.NotAfter - now < s_soon && now - _reminded >= TimeSpan.FromDays(1))
        {
            _reminded = now;
            LogExpires(_log, _files.CertificateFile, Current.NotAfter);
        }
    }

    [LoggerMessage(2640, LogLevel.Information, "Certificate {path} is for {names}, until {notAfter}", EventName = "CertificateLoaded")]
    private static partial void LogLoaded(ILogger logger, string path, string names, DateTimeOffset notAfter);

    [LoggerMessage(2641, LogLevel.Warning, "Certificate {path} has changed and cannot be used, the one before stays: {reason}", EventName = "CertificateNotReloaded")]
    private static partial void LogNotReloaded(ILogger logger, string path, string reason);

    [LoggerMessage(2642, LogLevel.Warning, "Others than its owner can read or change the private key {path}", EventName = "CertificateKeyExposed")]
    private static partial void LogExposed(ILogger logger, string path);

    [LoggerMessage(2643, LogLevel.Warning, "Certificate {path} is good until {notAfter} only", EventName = "CertificateExpires")]
    private static partial void LogExpires(ILogger logger, string path, DateTimeOffset notAfter);
}
