using Cohort.Messaging;
using Cohort.Utils;

namespace Cohort.Tests.Messaging;

/// <summary>Whatever a peer sends, in a handshake or as messages, ends in a value or a clear error, without large allocations.</summary>
public sealed class ConnectionFuzzTests
{
    private const int Proofs = 900_000;
    private const int Streams = 100_000;
    private const int Handshakes = 20_000;
    private const int Shards = 8;

    /// <summary>What a stream of a few hundred bytes may cost, whatever lengths it claims; pooled arrays are made on first use.</summary>
    private const long MostBytesForOne = 4 << 20;

    private static readonly byte[] s_key = "secret"u8.ToArray();

    private static readonly byte[][] s_messages =
    [
        KeyProof.NewChallenge("sha256"), KeyProof.NewChallenge("md5"), KeyProof.NewChallenge("sha384"),
        [.. "#CHALLENGE#"u8, .. new byte[20]], KeyProof.Welcome.ToArray(), KeyProof.Failure.ToArray(),
        KeyProof.Answer(KeyProof.NewChallenge("sha256"), s_key, ""), KeyProof.Answer(KeyProof.NewChallenge("md5"), s_key, ""),
        new byte[16], new byte[20], [], [.. "#CHALLENGE#{sha256}"u8, .. new byte[230]],
    ];

    [Fact]
    public void A_million_mutated_handshakes_and_streams_end_in_a_value_or_a_clear_error()
    {
        int values = 0;
        Parallel.For(0, Shards, shard =>
        {
            Random random = new(20261125 + shard);
            int good = 0;
            for (int i = 0; i < Proofs / Shards; i++)
            {
                good += Costs(() => Prove(random)) ? 1 : 0;
            }

            for (int i = 0; i < Streams / Shards; i++)
            {
                good += Costs(() => Receive(random)) ? 1 : 0;
            }

            for (int i = 0; i < Handshakes / Shards; i++)
            {
                good += Costs(() => ShakeHands(random)) ? 1 : 0;
            }

            Interlocked.Add(ref values, good);
        });
        const int All = Proofs + Streams + Handshakes;
        Assert.InRange(values, All / 100, All - (All / 100));
        TestContext.Current.TestOutputHelper?.WriteLine($"{values} of {All} were good.");
    }

    private static bool Costs(Func<bool> body)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool good = body();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytesForOne);
        return good;
    }

    /// <summary>A challenge, or a response, without any connection.</summary>
    private static bool Prove(Random random)
    {
        byte[] message = Mutated(random);
        if (random.Next(2) == 0)
        {
            byte[] challenge = s_messages[random.Next(3)];
            if (random.Next(4) == 0)
            {
                message = Mutate(random, KeyProof.Answer(challenge, s_key, ""));
            }

            return KeyProof.IsRight(message, s_key, challenge);
        }

        try
        {
            return KeyProof.Answer(message, s_key, "the peer").Length is 16 or 21 or 40 or 42 or 56 or 58;
        }
        catch (ConnectionAuthenticationException)
        {
            return false;
        }
    }

    /// <summary>Several messages, of which any byte may be wrong, and which end anywhere.</summary>
    private static bool Receive(Random random)
    {
        List<byte> bytes = [];
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            bytes.AddRange(RawLink.Frame(Mutated(random)));
        }

        byte[] input = Mutate(random, [.. bytes]);
        using StreamTransport transport = new(new StreamLine(new ScriptedStream(input), null, 64), "the peer");
        int received = 0;
        while (true)
        {
            try
            {
                using IncomingMessage? message = transport.TryReceive(random.Next(3) == 0 ? 64 : 1 << 30, default, Deadline.Never, default);
                Assert.InRange(message!.Length, 0, input.Length);
                received++;
            }
            catch (Exception end) when (end is IOException or MessageTooLongException)
            {
                return received > 0;
            }
        }
    }

    /// <summary>Half of a handshake, or both, over a connection.</summary>
    private static bool ShakeHands(Random random)
    {
        byte[] input = [.. Enumerable.Range(0, 4).SelectMany(_ => RawLink.Frame(random.Next(3) == 0 ? Mutated(random) : s_messages[random.Next(s_messages.Length)]))];
        input = random.Next(2) == 0 ? input : Mutate(random, input);
        using Connection connection = new(new StreamTransport(new StreamLine(new ScriptedStream(input), null, 64), "the peer"), CodecFormat.Instance);
        try
        {
            ConnectionAuthentication.AnswerChallenge(connection, s_key);
            ConnectionAuthentication.DeliverChallenge(connection, s_key);
            Assert.Fail("nobody can know the answer to a new challenge");
        }
        catch (Exception refusal) when (refusal is ConnectionAuthenticationException or IOException)
        {
        }

        return false;
    }

    private static byte[] Mutated(Random random) => Mutate(random, s_messages[random.Next(s_messages.Length)]);

    private static byte[] Mutate(Random random, byte[] bytes)
    {
        byte[] mutated = random.Next(6) switch
        {
            0 => bytes[..random.Next(bytes.Length + 1)],
            1 => [.. bytes, .. RandomBytes(random, random.Next(1, 40))],
            2 => [.. bytes[..random.Next(bytes.Length + 1)], .. RandomBytes(random, random.Next(1, 8)), .. bytes[random.Next(bytes.Length + 1)..]],
            _ => [.. bytes],
        };
        for (int i = mutated.Length == 0 ? 0 : random.Next(4); i > 0; i--)
        {
            mutated[random.Next(mutated.Length)] = random.Next(4) switch
            {
                0 => 0,
                1 => 0xFF,
                2 => (byte)'{',
                _ => (byte)random.Next(256),
            };
        }

        return mutated;
    }

    private static byte[] RandomBytes(Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Gives what was put in, and takes whatever is written.</summary>
    private sealed class ScriptedStream(byte[] input) : MemoryStream(input, writable: false)
    {
        public override bool CanWrite => true;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
        }
    }
}
