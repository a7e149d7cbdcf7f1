using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Cohort.Tests.Messaging;

/// <summary>A certificate made for the tests, and who trusts it.</summary>
internal static class TestCertificates
{
    private const string Host = "cohort.test";

    private static readonly X509Certificate2 s_certificate = Make(Host);

    public static SslServerAuthenticationOptions Server { get; } = new() { ServerCertificate = s_certificate };

    /// <summary>Trusts this certificate and no other.</summary>
    public static SslClientAuthenticationOptions TrustingClient { get; } = Client(s_certificate);

    /// <summary>Trusts a certificate that the server does not have.</summary>
    public static SslClientAuthenticationOptions OtherClient { get; } = Client(Make(Host));

    private static SslClientAuthenticationOptions Client(X509Certificate2 trusted) => new()
    {
        TargetHost = Host,
        CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            CustomTrustStore = { trusted },
        },
    };

    private static X509Certificate2 Make(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }
}
