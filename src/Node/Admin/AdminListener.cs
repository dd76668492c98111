using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using MtaCluster.Node.Configuration;

namespace MtaCluster.Node.Admin;

/// <summary>How the admin endpoint listens: HTTP/1.1, over TLS if there is a certificate.</summary>
internal static class AdminListener
{
    public static void Configure(ListenOptions options, AdminSettings settings)
    {
        options.Protocols = HttpProtocols.Http1;
        if (settings.Tls is { } tls)
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(tls.Certificate);
            options.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = X509Certificate2.CreateFromPemFile(tls.Certificate, tls.Key),
                ServerCertificateChain = chain,
            });
        }
    }
}
