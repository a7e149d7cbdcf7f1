using System.Security.Cryptography;
using System.Text;

namespace Cohort.Messaging;

/// <summary>The messages of a challenge: what is asked, what is answered, and whether that is right. It does no I/O.</summary>
internal static class KeyProof
{
    /// <summary>The longest message of a handshake that is read.</summary>
    public const int MaxLength = 256;

    /// <summary>How long a challenge of a Python before 3.12 is, which says nothing of a digest.</summary>
    private const int LegacyLength = 20;

    private const int LegacyDigestLength = 16;
    private const int RandomLength = 40;

    public static ReadOnlySpan<byte> Welcome => "#WELCOME#"u8;

    public static ReadOnlySpan<byte> Failure => "#FAILURE#"u8;

    private static ReadOnlySpan<byte> ChallengeMark => "#CHALLENGE#"u8;

    /// <summary>What to send; what is to be proved is what follows the mark.</summary>
    public static byte[] NewChallenge(string digest) =>
        [.. ChallengeMark, .. KeyedDigest.Prefix(digest), .. RandomNumberGenerator.GetBytes(RandomLength)];

    /// <summary>Whether a response proves that its sender has the key. It may have chosen another digest than the challenge names.</summary>
    public static bool IsRight(ReadOnlySpan<byte> response, ReadOnlySpan<byte> key, ReadOnlySpan<byte> challenge)
    {
        ReadOnlySpan<byte> proof = response;
        string? digest = KeyedDigest.Legacy;
        if (response.Length is not (LegacyDigestLength or LegacyLength))
        {
            digest = KeyedDigest.NameAtStart(response);
            proof = digest is null ? default : response[(digest.Length + 2)..];
        }

        return digest is not null
            && CryptographicOperations.FixedTimeEquals(proof, KeyedDigest.Compute(digest, key, challenge[ChallengeMark.Length..]));
    }

    /// <summary>The response to a challenge.</summary>
    /// <exception cref="ConnectionAuthenticationException">It is no challenge, or one that cannot be met.</exception>
    public static byte[] Answer(ReadOnlySpan<byte> challenge, ReadOnlySpan<byte> key, string peer)
    {
        if (!challenge.StartsWith(ChallengeMark))
        {
            throw new ConnectionAuthenticationException(
                $"{peer} asked for no proof of the key; it sent {Show(challenge)}. Probable cause: it was given no key, or is no such program.");
        }

        ReadOnlySpan<byte> question = challenge[ChallengeMark.Length..];
        if (question.Length == LegacyLength)
        {
            return KeyedDigest.Compute(KeyedDigest.Legacy, key, question);
        }

        if (question.Length < LegacyLength)
        {
            throw new ConnectionAuthenticationException($"{peer} sent a challenge of only {question.Length} bytes.");
        }

        string digest = KeyedDigest.NameAtStart(question) ?? throw new ConnectionAuthenticationException(
            $"{peer} sent a challenge of {question.Length} bytes without a digest that is known here.");
        return [.. KeyedDigest.Prefix(digest), .. KeyedDigest.Compute(digest, key, question)];
    }

    /// <summary>The start of a message, as text that is safe to show.</summary>
    public static string Show(ReadOnlySpan<byte> message)
    {
        const int Most = 24;
        StringBuilder text = new();
        foreach (byte b in message[..Math.Min(message.Length, Most)])
        {
            text.Append(b is >= 0x20 and < 0x7F ? (char)b : '.');
        }

        return $"'{text}{(message.Length > Most ? "…" : "")}' ({message.Length} bytes)";
    }
}
