using System.Collections.Immutable;
using System.Security.Cryptography;
using MtaCluster.Node.Configuration;

namespace MtaCluster.Node.Net.Tls;

/// <summary>
/// The certificates of this node, and which one a client gets. Looks every ten seconds whether the files have changed: by their content, for what
/// a file system tells of changes does not reach through links, as certbot and Kubernetes make them, nor from other machines. Thread-safe.
/// </summary>
internal sealed class TlsCertificates : IDisposable
{
    /// <summary>How often the files are looked at.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(10);

    private readonly ImmutableArray<CertificateSlot> _slots;
    private readonly Lock _refreshing = new();
    private readonly ITimer _timer;
    private volatile Table _table;

    /// <summary>Loads all of them; there is at least one.</summary>
    /// <exception cref="CryptographicException">Files are no certificate and its key.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file must not be read.</exception>
    public TlsCertificates(ImmutableArray<CertificateFiles> files, TimeProvider time, ILogger log)
    {
        _slots = [.. files.Select(pair => new CertificateSlot(pair, time, log))];
        _table = new Table(_slots);
        _timer = time.CreateTimer(static certificates => ((TlsCertificates)certificates!).Refresh(), this, LookInterval, LookInterval);
    }

    /// <summary>The certificate for a name that a client has asked for; the first one if it asked for none, or for one that we do not have.</summary>
    public ServerCertificate For(string? serverName) => _table.Find(serverName);

    /// <summary>Looks whether files have changed.</summary>
    public void Refresh()
    {
        lock (_refreshing)
        {
            var changed = false;
            foreach (var slot in _slots)
            {
                changed |= slot.Refresh();
            }

            if (changed)
            {
                _table = new Table(_slots);
            }
        }
    }

    /// <summary>What is wrong with the files: the key of each, and what it is.</summary>
    public static IEnumerable<(string Key, string What)> Check(TlsSettings settings)
    {
        for (var i = 0; i < settings.Certificates.Length; i++)
        {
            var files = settings.Certificates[i];
            if (!File.Exists(files.CertificateFile) || !File.Exists(files.KeyFile))
            {
                foreach (var (key, path) in new[] { (nameof(files.CertificateFile), files.CertificateFile), (nameof(files.KeyFile), files.KeyFile) })
                {
                    if (!File.Exists(path))
                    {
                        yield return ($"Certificates:{i}:{key}", $"there is no file {path}");
                    }
                }
            }
            else if (WhyNot(files) is { } reason)
            {
                yield return ($"Certificates:{i}", $"{files.CertificateFile} and {files.KeyFile} are no certificate and its key: {reason}");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    /// <summary>The ways in which files cannot be loaded.</summary>
    internal static bool IsOfFiles(Exception failure) => failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;

    private static string? WhyNot(CertificateFiles files)
    {
        try
        {
            ServerCertificate.Load(files);
            return null;
        }
        catch (Exception failure) when (IsOfFiles(failure))
        {
            return failure.Message;
        }
    }

    private sealed class Table
    {
        private readonly Dictionary<string, ServerCertificate> _byName = new(StringComparer.OrdinalIgnoreCase);
        private readonly ServerCertificate _default;

        public Table(ImmutableArray<CertificateSlot> slots)
        {
            _default = slots[0].Current;
            foreach (var slot in slots)
            {
                foreach (var name in slot.Current.Names)
                {
                    _byName.TryAdd(name, slot.Current);
                }
            }
        }

        public ServerCertificate Find(string? serverName)
        {
            if (string.IsNullOrEmpty(serverName))
            {
                return _default;
            }

            var name = serverName.TrimEnd('.');
            if (_byName.TryGetValue(name, out var certificate))
            {
                return certificate;
            }

            var dot = name.IndexOf('.', StringComparison.Ordinal);
            return dot > 0 && _byName.TryGetValue("*" + name[dot..], out certificate) ? certificate : _default;
        }
    }
}
