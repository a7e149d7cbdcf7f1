using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Cohort.Messaging;

/// <summary>The digests that prove a key, by the names that Python has for them.</summary>
internal static class KeyedDigest
{
    public const string Default = "sha256";

    /// <summary>What a Python before 3.12 takes, whatever it was asked for.</summary>
    public const string Legacy = "md5";

    /// <summary>The last place where the brace behind a name can stand.</summary>
    private const int LongestPrefix = 10;

    public static bool IsKnown(string name) => name is "md5" or "sha256" or "sha384" or "sha3_256" or "sha3_384";

    /// <summary><c>{name}</c>.</summary>
    public static byte[] Prefix(string name) => Encoding.ASCII.GetBytes($"{{{name}}}");

    /// <summary>The known digest that bytes start with the name of, in braces; null when they do not.</summary>
    public static string? NameAtStart(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes[0] != '{')
        {
            return null;
        }

        int end = bytes[..Math.Min(bytes.Length, LongestPrefix)].IndexOf((byte)'}');
        string name = end < 0 ? "" : Encoding.Latin1.GetString(bytes[1..end]);
        return IsKnown(name) ? name : null;
    }

    /// <exception cref="ConnectionAuthenticationException">This machine's cryptographic library does not have the digest.</exception>
    [SuppressMessage("Security", "CA5351", Justification = "The only digest of Pythons before 3.12. Keyed, MD5 is not broken.")]
    public static byte[] Compute(string name, ReadOnlySpan<byte> key, ReadOnlySpan<byte> message)
    {
        try
        {
            return name switch
            {
                "md5" => HMACMD5.HashData(key, message),
                "sha256" => HMACSHA256.HashData(key, message),
                "sha384" => HMACSHA384.HashData(key, message),
                "sha3_256" => HMACSHA3_256.HashData(key, message),
                "sha3_384" => HMACSHA3_384.HashData(key, message),
                _ => throw new ArgumentException($"There is no digest '{name}'.", nameof(name)),
            };
        }
        catch (Exception missing) when (missing is CryptographicException or PlatformNotSupportedException)
        {
            throw new ConnectionAuthenticationException($"The digest {name} is not available on this machine.", missing);
        }
    }
}
