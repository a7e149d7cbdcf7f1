using System.Collections.Frozen;
using Cohort.Serializing;
using Cohort.Serializing.Python;

namespace Cohort.Tests.Serializing.Python;

/// <summary>What a message could do to its reader with few bytes, and depth.</summary>
public sealed class LimitTests
{
    private const int Limit = 60_000;
    private const int Deep = 100_000;

    private static readonly PythonTuple s_long = new([.. Enumerable.Range(0, 1000).Cast<object?>()]);

    [Fact(Timeout = Limit)]
    public async Task Lists_in_lists_go_as_deep_as_they_like() => await Watchdog.Run(static () =>
    {
        object? value = 5;
        for (int i = 0; i < Deep; i++)
        {
            value = i % 2 == 0 ? new List<object?> { value } : Corpus.Dict(("k", value));
        }

        foreach (int protocol in (int[])[2, 3])
        {
            object? read = PythonPickle.Loads(PythonPickle.Dumps(value, protocol));
            for (int i = Deep - 1; i >= 0; i--)
            {
                read = i % 2 == 0 ? Assert.Single(Assert.IsType<List<object?>>(read)) : Assert.IsType<Dictionary<object, object?>>(read)["k"];
            }

            Assert.Equal(5, read);
        }
    });

    [Fact(Timeout = Limit)]
    public async Task Tuples_in_tuples_go_as_deep_as_they_like_and_can_be_compared() => await Watchdog.Run(static () =>
    {
        PythonTuple first = Nest(5);
        PythonTuple second = Assert.IsType<PythonTuple>(PythonPickle.Loads(PythonPickle.Dumps(first)));

        Assert.True(first == second);
        Assert.Equal(first.GetHashCode(), second.GetHashCode());
        Assert.False(first == Nest(6));
        Assert.Equal("(1, 2, (1, 2, (1, 2, (…))))", second.ToString());
    });

    [Fact]
    public void A_fault_in_the_deep_is_named_by_both_ends_of_the_way()
    {
        object value = new Uri("http://a");
        for (int i = 0; i < Deep; i++)
        {
            value = new object[] { value };
        }

        PickleException refusal = Assert.Throws<PickleException>(() => PythonPickle.Dumps(value));
        Assert.StartsWith("value[0][0]", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(" … ", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith("Send its parts as those.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task A_tuple_of_two_to_the_sixtieth_items_is_read_and_compared_but_is_no_key() => await Watchdog.Run(static () =>
    {
        byte[] doubling = [.. Shape.Bytes("80 02 'N'"), .. Enumerable.Repeat(Shape.Bytes("'2' 86"), 60).SelectMany(static x => x)];
        PythonTuple first = Assert.IsType<PythonTuple>(PythonPickle.Loads([.. doubling, (byte)'.']));
        PythonTuple second = Assert.IsType<PythonTuple>(PythonPickle.Loads([.. doubling, (byte)'.']));
        Assert.True(first == second);
        Assert.Equal(first.GetHashCode(), second.GetHashCode());
        Assert.Equal("((((…), (…)), ((…), (…))), (((…), (…)), ((…), (…))))", first.ToString());

        AssertTooLarge([.. Shape.Bytes("80 02 '}'"), .. doubling.AsSpan(2), .. Shape.Bytes("'Ns.'")]);
        AssertTooLarge([.. Shape.Bytes("80 04 8f '('"), .. doubling.AsSpan(2), .. Shape.Bytes("90 '.'")]);
        AssertTooLarge([.. Shape.Bytes("80 04 '('"), .. doubling.AsSpan(2), .. Shape.Bytes("91 '.'")]);
    });

    [Fact(Timeout = Limit)]
    public async Task Frozen_sets_that_double_are_refused() => await Watchdog.Run(static () =>
    {
        // Each holds the one before, and a tuple of it.
        byte[] doubling = [.. Shape.Bytes("80 04 '(N' 91"), .. Enumerable.Repeat(Shape.Bytes("'q' 00 '0(h' 00 'h' 00 85 91"), 60).SelectMany(static x => x), (byte)'.'];
        PickleException refusal = Assert.Throws<PickleException>(() => PythonPickle.Loads(doubling));
        Assert.Contains("so often", refusal.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Keys_in_keys_are_limited_in_depth()
    {
        PythonTuple key = PythonTuple.Empty;
        for (int i = 0; i < 150; i++)
        {
            key = new PythonTuple(key);
        }

        Assert.Single(Assert.IsType<HashSet<object?>>(PythonPickle.Loads(PythonPickle.Dumps(new HashSet<object?> { key }))));
        for (int i = 0; i < 100; i++)
        {
            key = new PythonTuple(key);
        }

        byte[] pickle = PythonPickle.Dumps(new HashSet<object?> { key });
        PickleException refusal = Assert.Throws<PickleException>(() => PythonPickle.Loads(pickle));
        Assert.Contains("more than 200 deep", refusal.Message, StringComparison.Ordinal);

        byte[] sets = [.. Shape.Bytes("80 04"), .. Enumerable.Repeat((byte)'(', Deep), .. Enumerable.Repeat((byte)0x91, Deep), (byte)'.'];
        refusal = Assert.Throws<PickleException>(() => PythonPickle.Loads(sets));
        Assert.Contains("more than 200 deep", refusal.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task A_large_key_is_not_hashed_again_and_again() => await Watchdog.Run(static () =>
    {
        const int Length = 1 << 20;
        byte[] key = [.. Shape.Bytes("80 03 'X' 00001000"), .. Enumerable.Repeat((byte)'k', Length), .. Shape.Bytes("'q' 00 '0('")];
        byte[] one = Shape.Bytes("'}h' 00 'Ns'");

        // A few uses are anybody's right.
        byte[] few = [.. key, .. Enumerable.Repeat(one, 100).SelectMany(static x => x), .. Shape.Bytes("'l.'")];
        Assert.Equal(100, Assert.IsType<List<object?>>(PythonPickle.Loads(few)).Count);
        AssertTooLarge([.. key, .. Enumerable.Repeat(one, 100_000).SelectMany(static x => x), .. Shape.Bytes("'l.'")]);
    });

    [Theory(Timeout = Limit)]
    [InlineData("integers")]
    [InlineData("large integers")]
    [InlineData("reals")]
    [InlineData("bytes")]
    [InlineData("sets with one sum")]
    [InlineData("sets within sets")]
    [InlineData("tuples behind a long one")]
    public async Task Keys_cannot_be_chosen_to_have_one_hash(string kind) => await Watchdog.Run(() =>
    {
        const int Count = 200_000;
        byte[] pickle = PythonPickle.Dumps(new HashSet<object?>(Enumerable.Range(1, Count).Select(Key), ReferenceEqualityComparer.Instance));
        Assert.Equal(Count, Assert.IsType<HashSet<object?>>(PythonPickle.Loads(pickle)).Count);

        object Key(int i) => kind switch
        {
            "integers" => ((long)i << 32) | (uint)i,
            "large integers" => (System.Numerics.BigInteger.One << 100) + (((System.Numerics.BigInteger)i << 32) | i),
            "reals" => BitConverter.Int64BitsToDouble(((0x4000_0000L + i) << 32) | (0x4000_0000L + i)),
            "bytes" => BitConverter.GetBytes(i),
            "sets with one sum" => FrozenSet.Create<object?>(i, (2 * Count) + 1 - i),
            "sets within sets" => FrozenSet.Create<object?>(FrozenSet.Create<object?>(i), FrozenSet.Create<object?>((2 * Count) + 1 - i)),
            _ => new PythonTuple(s_long, i),
        };
    });

    [Fact]
    public void Equal_numbers_and_tuples_have_one_hash_whatever_their_types()
    {
        object?[][] equal =
        [
            [1, 1L, 1.0, true, System.Numerics.BigInteger.One, (byte)1, 1f],
            [0, 0.0, -0.0, false],
            [double.NaN, BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(double.NaN) + 1), float.NaN],
            [1e300, new System.Numerics.BigInteger(1e300)],
            [new PythonTuple(1, new PythonTuple(2, 2), new PythonTuple(2, 2)), (1, (2, 2), (2.0, 2L)), Sharing(new PythonTuple(2, 2))],
        ];
        Assert.All(equal, static values => Assert.Single(new HashSet<object?>(values, PythonEquality.Instance)));

        static PythonTuple Sharing(PythonTuple twice) => new(1, twice, twice);
    }

    [Fact]
    public void A_list_cannot_be_copied_into_sets_without_end()
    {
        byte[] list = [.. Shape.Bytes("80 02 'c__builtin__\\nset\\nq' 00 '0]('"), .. Enumerable.Repeat((byte)'N', 10_000), .. Shape.Bytes("'e' 85 'q' 01 '0('")];
        byte[] pickle = [.. list, .. Enumerable.Repeat(Shape.Bytes("'h' 00 'h' 01 'R'"), 10_000).SelectMany(static x => x), .. Shape.Bytes("'l.'")];
        PickleException refusal = Assert.Throws<PickleException>(() => PythonPickle.Loads(pickle));
        Assert.Contains("copies the same items so often", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("80 04 8e ffffffff00000000")]
    [InlineData("80 05 96 ffffff7f00000000")]
    [InlineData("80 04 8d ffffffffffffff7f")]
    [InlineData("80 03 'B' ffffffff")]
    [InlineData("80 03 'X' ffffff7f")]
    [InlineData("80 02 8b ffffff7f")]
    [InlineData("80 02 'T' ffffff7f")]
    [InlineData("80 02 'Nr' ffffffff 'r' feffff7f 'r' ffff0000")]
    public void A_claim_of_billions_allocates_nothing(string pickle)
    {
        byte[] bytes = Shape.Bytes(pickle);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<PickleException>(() => PythonPickle.Loads(bytes));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000);
    }

    /// <summary>The most that a byte can cost, for the costliest programs there are.</summary>
    [Theory]
    [InlineData("']'", 1)]
    [InlineData("'}'", 1)]
    [InlineData("'('", 1)]
    [InlineData("'2'", 1)]
    [InlineData("8f", 1)]
    [InlineData("'(' 91", 2)]
    [InlineData("'(N' 91", 3)]
    [InlineData("'}NNs'", 4)]
    [InlineData("'N' 85", 2)]
    [InlineData("']Na'", 3)]
    [InlineData("8f '(N' 90", 4)]
    [InlineData("'N' 94 '0'", 3)]
    public void Memory_is_in_proportion_to_the_message(string part, int length)
    {
        byte[] unit = Shape.Bytes(part);
        Assert.Equal(length, unit.Length);
        byte[] pickle = [.. Shape.Bytes("80 04 'N'"), .. Enumerable.Repeat(unit, 300_000 / length).SelectMany(static x => x)];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<PickleException>(() => PythonPickle.Loads(pickle));
        long factor = (GC.GetAllocatedBytesForCurrentThread() - before) / pickle.Length;
        TestContext.Current.TestOutputHelper?.WriteLine($"{factor} bytes for each.");
        Assert.InRange(factor, 0, 300);
    }

    private static PythonTuple Nest(object innermost)
    {
        object value = innermost;
        for (int i = 0; i < Deep; i++)
        {
            value = new PythonTuple(1, 2, value);
        }

        return (PythonTuple)value;
    }

    private static void AssertTooLarge(byte[] pickle)
    {
        PickleException refusal = Assert.Throws<PickleException>(() => PythonPickle.Loads(pickle));
        Assert.Contains("uses large keys or items of sets so often", refusal.Message, StringComparison.Ordinal);
    }
}
