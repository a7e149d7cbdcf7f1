using System.Security.Cryptography;
using System.Text;
using Cohort.Messaging;

namespace Cohort.Tests.Messaging;

/// <summary>Challenges and responses as Python makes them, with the key <c>secret</c>.</summary>
public sealed class KeyProofTests
{
    private const string Legacy = "7defa9cc46abc3583325d17ccda75190";
    private const string Sha256 = "7b7368613235367dfc57fbe650d6124b98215e7b5d197d5807ad69982d275a9735ea2d56f1fa6989";
    private const string Md5OfSha256 = "8e48d2bb349b4b72b9382999ed5b62eb";
    private const string Md5 = "7b6d64357de8928e8cca3ace2d777017168dc6a0b2";
    private const string Sha384 =
        "7b7368613338347dbae78a3376369f7b803a8473318a9b7062495b47434159ac84fc92ddb33c51b277c44c3edd9a5f9cb7d628f21abe2665";

    private const string Sha3Of256 = "7b736861335f3235367d82e8fa62f363295b6655abecf0e98e510224c559e9745af9741c357aec358f90";
    private const string Sha3Of384 =
        "7b736861335f3338347dbfbe71d4e622f58ebf6cbe049af4c8fe518645b482915af0940d678c37c0b46dd1a2a448f9ee5141c91bba42b46a7862";

    private static readonly byte[] s_key = "secret"u8.ToArray();

    [Theory]
    [InlineData("", 20, Legacy)]
    [InlineData("{sha256}", 40, Sha256)]
    [InlineData("{md5}", 40, Md5)]
    [InlineData("{sha384}", 40, Sha384)]
    [InlineData("{sha3_256}", 40, Sha3Of256)]
    [InlineData("{sha3_384}", 40, Sha3Of384)]
    public void A_challenge_is_answered_as_Python_does(string prefix, int length, string response)
    {
        Assert.SkipWhen(prefix.Contains("sha3_") && !HMACSHA3_256.IsSupported, "no SHA-3 on this machine");
        byte[] challenge = Challenge(prefix, length);
        byte[] answer = KeyProof.Answer(challenge, s_key, "the peer");
        Assert.Equal(response, Convert.ToHexStringLower(answer));
        Assert.True(KeyProof.IsRight(answer, s_key, challenge));
        Assert.False(KeyProof.IsRight(answer, "secreT"u8, challenge));
        Assert.False(KeyProof.IsRight(answer, default, challenge));
    }

    [Theory]
    [InlineData(Sha256)]
    [InlineData(Md5OfSha256)]
    public void Both_forms_of_a_response_are_right(string response) =>
        Assert.True(KeyProof.IsRight(Convert.FromHexString(response), s_key, Challenge("{sha256}", 40)));

    [Fact]
    public void A_response_may_use_another_digest_than_was_asked_for()
    {
        byte[] challenge = Challenge("{sha256}", 40);
        byte[] question = challenge["#CHALLENGE#".Length..];
        Assert.True(KeyProof.IsRight([.. "{md5}"u8, .. KeyedDigest.Compute("md5", s_key, question)], s_key, challenge));
        Assert.True(KeyProof.IsRight([.. "{sha384}"u8, .. KeyedDigest.Compute("sha384", s_key, question)], s_key, challenge));
        Assert.False(KeyProof.IsRight([.. "{sha384}"u8, .. KeyedDigest.Compute("sha256", s_key, question)], s_key, challenge));
        Assert.False(KeyProof.IsRight(KeyedDigest.Compute("sha256", s_key, question), s_key, challenge));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("{sha256}")]
    [InlineData("{sha512}0123456789012345678901234567890123456789")]
    [InlineData("{SHA256}0123456789012345678901234567890123456789")]
    [InlineData("0123456789012345")]
    [InlineData("01234567890123456789")]
    [InlineData("#WELCOME#")]
    [InlineData("a response of any other length and content")]
    public void No_other_response_is_right(string response) =>
        Assert.False(KeyProof.IsRight(Encoding.Latin1.GetBytes(response), s_key, Challenge("{sha256}", 40)));

    [Theory]
    [InlineData("#CHALLENGE#", "only 0 bytes")]
    [InlineData("#CHALLENGE#0123456789012345", "only 16 bytes")]
    [InlineData("#CHALLENGE#0123456789012345678", "only 19 bytes")]
    [InlineData("#CHALLENGE#012345678901234567890", "without a digest")]
    [InlineData("#CHALLENGE#{sha512}0123456789012345678901234567890123456789", "without a digest")]
    [InlineData("#CHALLENGE#{sha256 0123456789012345678901234567890123456789", "without a digest")]
    [InlineData("#CHALLENGE", "asked for no proof")]
    [InlineData("#WELCOME#", "asked for no proof")]
    [InlineData("", "asked for no proof")]
    public void What_is_no_challenge_is_refused(string challenge, string why)
    {
        ConnectionAuthenticationException refused = Assert.Throws<ConnectionAuthenticationException>(
            () => KeyProof.Answer(Encoding.Latin1.GetBytes(challenge), s_key, "the peer"));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.Contains("the peer", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Twenty_bytes_are_of_an_old_Python_even_if_they_start_with_a_name() =>
        Assert.Equal(16, KeyProof.Answer("#CHALLENGE#{md5}012345678901234"u8, s_key, "the peer").Length);

    [Fact]
    public void Each_challenge_is_another()
    {
        byte[] one = KeyProof.NewChallenge("sha256");
        Assert.Equal(59, one.Length);
        Assert.StartsWith("#CHALLENGE#{sha256}", Encoding.Latin1.GetString(one), StringComparison.Ordinal);
        Assert.NotEqual(one, KeyProof.NewChallenge("sha256"));
    }

    private static byte[] Challenge(string prefix, int length) =>
        [.. "#CHALLENGE#"u8, .. Encoding.Latin1.GetBytes(prefix), .. Enumerable.Range(0, length).Select(static i => (byte)i)];
}
