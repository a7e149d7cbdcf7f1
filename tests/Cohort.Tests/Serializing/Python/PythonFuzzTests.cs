using System.Diagnostics;
using Cohort.Serializing;
using Cohort.Serializing.Python;

namespace Cohort.Tests.Serializing.Python;

/// <summary>Whatever the bytes are, a pickle ends in a value or in a <see cref="PickleException"/>, without large allocations.</summary>
public sealed class PythonFuzzTests
{
    private const int Pickles = 1_000_000;
    private const int Shards = 8;

    /// <summary>The factor of the costliest program, and room for the reader itself.</summary>
    private const int MostBytesForOne = 300;

    private static readonly byte[][] s_pickles =
    [
        .. Corpus.Entries.Where(static x => !x.IsReadOnly).SelectMany(static x => new[] { PythonPickle.Dumps(x.Value, 2), PythonPickle.Dumps(x.Value) }).Where(static x => x.Length < 400),
        .. ReaderTests.Instructions.Select(static x => Shape.Bytes(x.Data.Item1)),
        Shape.Bytes("80 04 95 2300000000000000 8c 08 'builtins' 94 8c 09 'bytearray' 94 93 94 43 02 'ab' 94 85 94 52 94 2e"),
        Shape.Bytes("80 04 95 1100000000000000 7d 94 28 8c 01 'a' 94 4b 01 8c 01 'b' 94 68 00 75 2e"),
        Shape.Bytes("80 04 8f 94 28 4b 01 4b 02 8a 09 000000000000008000 47 3ff0000000000000 88 '(K' 01 91 90 2e"),
        Shape.Bytes("80 04 5d 94 28 4b 01 68 00 4b 02 85 94 68 01 86 94 65 2e"),
        Shape.Bytes("80 04 '}(N' 85 '2' 86 '2' 86 '2' 86 '2' 86 'NNNu' 2e"),
    ];

    [Fact]
    public void A_million_mutated_pickles_end_in_a_value_or_a_pickle_exception()
    {
        int values = 0;
        Stopwatch watch = Stopwatch.StartNew();
        Parallel.For(0, Shards, shard => Interlocked.Add(ref values, ReadMutations(shard)));
        Assert.InRange(values, Pickles / 100, Pickles - (Pickles / 100));
        TestContext.Current.TestOutputHelper?.WriteLine($"{values} of {Pickles} pickles were values, in {watch.Elapsed}.");
    }

    /// <summary>How many of a shard's pickles were values; each shard has a seed of its own, so that all are always the same.</summary>
    private static int ReadMutations(int shard)
    {
        Random random = new(20261125 + shard);
        int values = 0;
        for (int i = 0; i < Pickles / Shards; i++)
        {
            byte[] pickle = Mutate(random, s_pickles[i % s_pickles.Length], s_pickles[random.Next(s_pickles.Length)]);
            long most = 32_768 + (MostBytesForOne * pickle.Length);
            (object? value, bool isValue, long allocated) = Read(pickle);
            if (allocated >= most)
            {
                // What is made once in a process does not count, so what it takes the second time does.
                (value, isValue, allocated) = Read(pickle);
            }

            values += isValue ? 1 : 0;
            Assert.True(allocated < most, $"Pickle {i} ({Convert.ToHexString(pickle)}) allocated {allocated} bytes.");
            if (i % 16 == 0)
            {
                WriteAgain(value, pickle);
            }
        }

        return values;
    }

    /// <summary>What it is, if it is anything, and how much was allocated for it.</summary>
    private static (object? Value, bool IsValue, long Allocated) Read(byte[] pickle)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            object? value = PythonPickle.Loads(pickle);
            return (value, true, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        catch (PickleException refusal)
        {
            Assert.NotEmpty(refusal.Message);
        }
        catch (Exception exception)
        {
            Assert.Fail($"{Convert.ToHexString(pickle)}: {exception}");
        }

        return (null, false, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>Whatever was read can be written, and is then read as the same.</summary>
    private static void WriteAgain(object? value, byte[] pickle)
    {
        byte[] first = PythonPickle.Dumps(value);
        byte[] second = PythonPickle.Dumps(PythonPickle.Loads(first));
        Assert.True(first.Length == second.Length, $"{Convert.ToHexString(pickle)} is written as {Convert.ToHexString(first)}, then {Convert.ToHexString(second)}");
    }

    private static byte[] Mutate(Random random, byte[] pickle, byte[] other)
    {
        switch (random.Next(9))
        {
            case 0:
                return pickle[..random.Next(pickle.Length + 1)];
            case 1:
                byte[] noise = new byte[random.Next(40)];
                random.NextBytes(noise);
                return noise;
            case 2:
                return [.. pickle.AsSpan(0, random.Next(pickle.Length)), .. other.AsSpan(random.Next(other.Length))];
            case 3:
                int at = random.Next(pickle.Length);
                return [.. pickle.AsSpan(0, at), (byte)random.Next(256), .. pickle.AsSpan(at)];
            case 4:
                int gone = random.Next(pickle.Length);
                return [.. pickle.AsSpan(0, gone), .. pickle.AsSpan(gone + 1)];
            case 5:
                // A part of another between two of this one.
                int start = random.Next(other.Length);
                int length = random.Next(other.Length - start);
                int where = random.Next(pickle.Length);
                return [.. pickle.AsSpan(0, where), .. other.AsSpan(start, length), .. pickle.AsSpan(where)];
            default:
                byte[] copy = pickle.ToArray();
                for (int i = random.Next(1, 4); i > 0; i--)
                {
                    ref byte target = ref copy[random.Next(copy.Length)];
                    target = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)(target + random.Next(-2, 3));
                }

                return copy;
        }
    }
}
