using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Numerics;
using Cohort.Serializing;

namespace Cohort.Tests.Serializing;

/// <summary>Whatever the bytes are, reading ends in a value or in a <see cref="PickleException"/>, without large allocations.</summary>
public sealed class FuzzTests
{
    private const int Frames = 1_000_000;
    private const int Shards = 8;

    /// <summary>No frame here is larger than a few hundred bytes; a claim that was believed would cost far more than this.</summary>
    private const long MostBytesForOneFrame = 4 * 1024 * 1024;

    private static readonly Root[] s_roots =
    [
        Root.Of(42),
        Root.Of((1, "two", 3.0)),
        Root.Of("some text"),
        Root.Of(new string('é', 300)),
        Root.Of(new[] { 1, 2, 3 }),
        Root.Of(new[,] { { "a", null }, { "b", "c" } }),
        Root.Of<int[,]>(new[,] { { 1, 2 }, { 3, 4 } }),
        Root.Of(new List<string?> { "a", null, "c" }),
        Root.Of(new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["a"] = 1, ["b"] = 2 }),
        Root.Of(new Dictionary<Point, List<Point>> { [new(1, 2)] = [new(3, 4)] }),
        Root.Of(new HashSet<Point> { new(1, 2), new(5, 6) }),
        Root.Of(new SortedDictionary<string, Point> { ["k"] = new(1, 2) }),
        Root.Of(new object?[] { 1, "x", null, 2.5, new Point(1, 2), new[] { 1 }, new List<object> { 1 } }),
        Root.Of(new Node("a") { Next = new Node("b") { Next = new Node("c") } }),
        Root.Of(Cycle()),
        Root.Of<IShape>(new Point(7, 8)),
        Root.Of<Func<int, int>>(x => x + 1),
        Root.Of<Func<int, int>>(Capture(3)),
        Root.Of<Exception>(new InvalidOperationException("bad", new TimeoutException())),
        Root.Of<object>(typeof(Dictionary<string, List<int>>)),
        Root.Of(ImmutableDictionary<string, int>.Empty.Add("a", 1)),
        Root.Of(ImmutableList.Create(new Point(1, 2))),
        Root.Of(new ConcurrentDictionary<int, string>([new(1, "a")])),
        Root.Of(new LinkedList<int>([1, 2, 3])),
        Root.Of(new Queue<string>(["a", "b"])),
        Root.Of(new StringPair { First = "f", Second = 2, Third = [1, 2] }),
        Root.Of<(Uri, Version, BigInteger, DateTime, Guid?)>((new Uri("http://a/b"), new Version(1, 2), 123456789012345678, default, Guid.Empty)),
        Root.Of<object>(typeof(string).GetMethod("Clone")!),
        Root.Of(new object[] { System.Globalization.CultureInfo.GetCultureInfo("fr"), TimeZoneInfo.Utc, System.Text.Encoding.UTF8 }),
        Root.Of<IEnumerable<int>>(new List<int> { 1, 2 }.Where(x => x > 1)),
    ];

    private interface IShape;

    [Fact]
    public void A_million_mutated_frames_end_in_a_value_or_a_pickle_exception()
    {
        int values = 0;
        Parallel.For(0, Shards, shard => Interlocked.Add(ref values, ReadMutations(shard)));
        Assert.InRange(values, Frames / 100, Frames - (Frames / 100));
        TestContext.Current.TestOutputHelper?.WriteLine($"{values} of {Frames} frames were values.");
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        foreach (Root root in s_roots)
        {
            for (int length = 0; length < root.Frame.Length; length++)
            {
                byte[] truncated = root.Frame[..length];
                Assert.Throws<PickleException>(() => root.Load(truncated));
            }

            Assert.Throws<PickleException>(() => root.Load([.. root.Frame, 0]));
        }
    }

    [Fact]
    public void Nested_claims_cannot_add_up_to_more_than_the_message()
    {
        PickleWriter writer = new();
        writer.WriteByte(SlotTag.Exact);
        for (int i = 0; i < 20_000; i++)
        {
            writer.WriteVar(15_000);
            writer.WriteByte(SlotTag.Exact);
        }

        writer.WriteVar(0);
        byte[] message = writer.ToArray();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<PickleException>(() => Pickle.Loads<object[]>(message));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 16 * message.Length);
    }

    [Fact]
    public void A_claim_of_two_billion_elements_allocates_nothing()
    {
        foreach (Func<byte[], object?> load in (Func<byte[], object?>[])[
            x => Pickle.Loads<double[]>(x), x => Pickle.Loads<string[]>(x), x => Pickle.Loads<List<int>>(x), x => Pickle.Loads<List<string>>(x),
            x => Pickle.Loads<Dictionary<string, int>>(x), x => Pickle.Loads<HashSet<int>>(x), x => Pickle.Loads<BitArrayHolder>(x)])
        {
            byte[] message = [SlotTag.Exact, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0, 0, 0, 0, 0];
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<PickleException>(() => load(message));
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
        }
    }

    /// <summary>How many of a shard's frames were values; each shard has a seed of its own, so that all frames are always the same.</summary>
    private static int ReadMutations(int shard)
    {
        Random random = new(20261124 + shard);
        int values = 0;
        for (int i = 0; i < Frames / Shards; i++)
        {
            Root root = s_roots[i % s_roots.Length];
            byte[] frame = Mutate(random, root.Frame, s_roots[random.Next(s_roots.Length)].Frame);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                root.Load(frame);
                values++;
            }
            catch (PickleException refusal)
            {
                Assert.NotEmpty(refusal.Message);
            }
            catch (Exception exception)
            {
                Assert.Fail($"Frame {i} of {root.Name} ({Convert.ToHexString(frame)}): {exception}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < MostBytesForOneFrame, $"Frame {i} of {root.Name} ({Convert.ToHexString(frame)}) allocated {allocated} bytes.");
        }

        return values;
    }

    private static byte[] Mutate(Random random, byte[] frame, byte[] other)
    {
        switch (random.Next(8))
        {
            case 0:
                return frame[..random.Next(frame.Length + 1)];
            case 1:
                byte[] noise = new byte[random.Next(40)];
                random.NextBytes(noise);
                return noise;
            case 2:
                return [.. frame.AsSpan(0, random.Next(frame.Length)), .. other.AsSpan(random.Next(other.Length))];
            case 3:
                int at = random.Next(frame.Length);
                return [.. frame.AsSpan(0, at), (byte)random.Next(256), .. frame.AsSpan(at)];
            case 4:
                int gone = random.Next(frame.Length);
                return [.. frame.AsSpan(0, gone), .. frame.AsSpan(gone + 1)];
            default:
                byte[] copy = frame.ToArray();
                for (int i = random.Next(1, 4); i > 0; i--)
                {
                    // Small changes keep a frame plausible, large ones make lengths and references lie.
                    ref byte target = ref copy[random.Next(copy.Length)];
                    target = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)(target + random.Next(-2, 3));
                }

                return copy;
        }
    }

    private static Func<int, int> Capture(int captured) => x => x * captured;

    private static Node Cycle()
    {
        Node node = new("x");
        node.Next = new Node("y") { Next = node };
        return node;
    }

    private sealed record Point(int X, int Y) : IShape;

    private sealed class Node(string name)
    {
        public string Name { get; } = name;

        public Node? Next { get; set; }
    }

    private struct StringPair
    {
        public string First;
        public int Second;
        public int[] Third;
    }

    private sealed record BitArrayHolder(System.Collections.BitArray Bits, string Text);

    private sealed record Root(string Name, byte[] Frame, Action<byte[]> Load)
    {
        public static Root Of<T>(T value) => new(typeof(T).Name, Pickle.Dumps(value), static x => Pickle.Loads<T>(x));
    }
}
