using Cohort.Pools;

namespace Cohort.Tests.Pools;

/// <summary>Arguments and results of every size.</summary>
public sealed class PoolPayloadTests(SharedPool shared) : IClassFixture<SharedPool>
{
    private const int Limit = 120_000;
    private readonly ProcessPool _pool = shared.Pool;

    [Theory(Timeout = Limit)]
    [InlineData(64 << 10)]
    [InlineData((256 << 10) - 64)]
    [InlineData(1 << 20)]
    [InlineData(64 << 20)]
    public async Task Apply_LargeArgumentAndResult_ArriveWhole(int length)
    {
        byte[] data = new byte[length];
        new Random(length).NextBytes(data);
        byte[] back = await _pool.ApplyAsync(static bytes => { Array.Reverse(bytes); return bytes; }, data).Watched();
        Array.Reverse(back);
        Assert.True(data.AsSpan().SequenceEqual(back));
    }

    [Theory(Timeout = Limit)]
    [InlineData('x')]
    [InlineData('ß')]
    public async Task Apply_LongStringsAndPartsOfArrays_ArriveWhole(char last)
    {
        string text = string.Concat(Enumerable.Range(0, 300_000).Select(static n => $"{n} ")) + last;
        long[] numbers = [.. Enumerable.Range(0, 500_000)];
        (string Text, Memory<long> Part, List<long> List) = await _pool.ApplyAsync(
            static (text, part) => (text + text[^1], part[1..], part.ToArray().ToList()), text, numbers.AsMemory(10, 400_000)).Watched();
        Assert.Equal(text + last, Text);
        Assert.True(numbers.AsSpan(11, 399_999).SequenceEqual(Part.Span));
        Assert.Equal(numbers[10..400_010], List);
    }

    [Fact(Timeout = Limit)]
    public async Task StateFactory_WithALargeCapture_GetsItWhole()
    {
        byte[] captured = Filled(8 << 20);
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, StateFactory = () => captured });
        Assert.True(await pool.ApplyAsync(static length => Cohort.Pools.WorkerState.Get<byte[]>().AsSpan().SequenceEqual(Filled(length)), captured.Length).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Map_EveryLengthAroundTheRingsFrames_ArrivesWhole()
    {
        int[] lengths = [.. Enumerable.Range(0, 60).Select(static n => (256 << 10) - 40 + n), .. Enumerable.Range(0, 40).Select(static n => (1 << 20) - 20 + n)];
        byte[][] back = await _pool.MapAsync(static bytes => bytes, lengths.Select(static n => Filled(n)), chunkSize: 1).Watched();
        Assert.Equal(lengths, back.Select(static bytes => bytes.Length));
        Assert.All(back, static bytes => Assert.True(bytes.AsSpan().SequenceEqual(Filled(bytes.Length))));
    }

    [Fact(Timeout = Limit)]
    public async Task Apply_LargeMessagesBothWaysAtOnce_DoNotBlockEachOther()
    {
        Task<int>[] tasks = [.. Enumerable.Range(0, 24).Select(n => SendAsync(n, n % 3 == 0 ? 8 << 20 : n * 1000))];
        await Task.WhenAll(tasks).Watched();

        async Task<int> SendAsync(int n, int length)
        {
            byte[] back = await _pool.ApplyAsync(static (bytes, more) => Filled(bytes.Length + more), Filled(length), n).Watched();
            Assert.True(back.AsSpan().SequenceEqual(Filled(length + n)));
            return n;
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Map_LargeItemsInLargeChunks_ArriveWhole()
    {
        byte[][] items = [.. Enumerable.Range(0, 64).Select(static n => Filled((200 << 10) + n))];
        Assert.Equal(items.Select(static b => b.Length), await _pool.MapAsync(static b => b.Length, items, chunkSize: 64).Watched());
        byte[][] back = await _pool.MapAsync(static b => b, items, chunkSize: 16).Watched();
        Assert.All(back.Zip(items), static pair => Assert.True(pair.First.AsSpan().SequenceEqual(pair.Second)));
    }

    [Fact(Timeout = Limit)]
    public async Task MapOutcomes_LargeResultsInChunks_ArriveWholeBesideFaults()
    {
        int[] lengths = [.. Enumerable.Range(0, 24).Select(static n => n % 5 == 3 ? -1 : (100 << 10) + (n << 12))];
        Outcome<byte[]>[] outcomes = await _pool.MapOutcomesAsync(static length => Filled(length), lengths, chunkSize: 8).Watched();
        foreach ((int length, Outcome<byte[]> outcome) in lengths.Zip(outcomes))
        {
            Assert.Equal(length >= 0, outcome.IsSuccess);
            Assert.True(length < 0 || outcome.Value.AsSpan().SequenceEqual(Filled(length)));
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Apply_GraphOfManyObjects_ArrivesWithItsReferences()
    {
        Node? list = null;
        for (int i = 0; i < 100_000; i++)
        {
            list = new Node { Value = i, Next = list };
        }

        Node[] nodes = new Node[100_000];
        for (Node? node = list; node is not null; node = node.Next)
        {
            nodes[node.Value] = node;
        }

        Node[] back = await _pool.ApplyAsync(
            static all =>
            {
                Array.ForEach(all, static node => node.Value++);
                return all;
            },
            nodes).Watched();
        Assert.Equal(100_000, back.Length);
        Assert.All(back.Index(), pair => Assert.Equal(pair.Index + 1, pair.Item.Value));
        Assert.All(back.Skip(1).Zip(back), static pair => Assert.Same(pair.Second, pair.First.Next));
    }

    [Fact(Timeout = Limit)]
    public async Task Map_ManySmallObjects_EqualLinq()
    {
        IEnumerable<Item> items = Enumerable.Range(0, 100_000).Select(static n => new Item(n, $"item {n % 100}", [n, n + 1]));
        Item[] back = await _pool.MapAsync(static item => item with { Id = item.Id + 1 }, items).Watched();
        Assert.All(back.Index(), static pair =>
        {
            Assert.Equal(pair.Index + 1, pair.Item.Id);
            Assert.Equal($"item {pair.Index % 100}", pair.Item.Name);
            Assert.Equal(pair.Index + 1, pair.Item.Numbers[1]);
        });
    }

    private static byte[] Filled(int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            bytes[i] = (byte)((i * 31) + length);
        }

        return bytes;
    }

    internal sealed class Node
    {
        public int Value { get; set; }

        public Node? Next { get; set; }
    }

    internal sealed record Item(int Id, string Name, int[] Numbers);
}
