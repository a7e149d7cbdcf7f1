using System.Collections.Frozen;
using System.Numerics;
using Cohort.Serializing.Python;
using Cohort.Serializing.Python.Conversion;

namespace Cohort.Tests.Serializing.Python;

public sealed class ConversionTests
{
    private static readonly List<object?> s_numbers = [1, 2, 3];

    private enum Level : byte
    {
        Low,
        High,
    }

    /// <summary>A short pickle can refer to one long text any number of times.</summary>
    [Fact]
    public void A_text_that_is_shared_becomes_bytes_that_are()
    {
        string text = new('x', 1 << 20);
        List<object?> many = [.. Enumerable.Repeat<object?>(text, 100_000)];
        List<byte[]> bytes = PythonValue.To<List<byte[]>>(many, isPython2: true);
        Assert.Equal(text.Length, bytes[0].Length);
        Assert.All(bytes, one => Assert.Same(bytes[0], one));
    }

    [Fact]
    public void Numbers_become_what_they_fit_into()
    {
        Assert.Equal((byte)255, PythonValue.To<byte>(255));
        Assert.Equal((sbyte)-128, PythonValue.To<sbyte>(-128));
        Assert.Equal(short.MinValue, PythonValue.To<short>((int)short.MinValue));
        Assert.Equal(ushort.MaxValue, PythonValue.To<ushort>(65535));
        Assert.Equal(5u, PythonValue.To<uint>(5));
        Assert.Equal(5L, PythonValue.To<long>(5));
        Assert.Equal(ulong.MaxValue, PythonValue.To<ulong>((BigInteger)ulong.MaxValue));
        Assert.Equal((BigInteger)5, PythonValue.To<BigInteger>(5));
        Assert.Equal(Int128.MaxValue, PythonValue.To<Int128>((BigInteger)Int128.MaxValue));
        Assert.Equal((UInt128)7, PythonValue.To<UInt128>(7));
        Assert.Equal(5.0, PythonValue.To<double>(5));
        Assert.Equal(5f, PythonValue.To<float>(5L));
        Assert.Equal(1.5f, PythonValue.To<float>(1.5));
        Assert.Equal((Half)1.5, PythonValue.To<Half>(1.5));
        Assert.Equal(Level.High, PythonValue.To<Level>(1));
        Assert.Equal(5, PythonValue.To<int?>(5));
        Assert.Equal(5L, PythonValue.To<long?>(5));
        Assert.Null(PythonValue.To<int?>(null));
        Assert.Null(PythonValue.To<string>(null));
        Assert.Equal('x', PythonValue.To<char>("x"));
        Assert.Equal(5, PythonValue.To<object>(5));
        Assert.Null(PythonValue.To<object?>(null));
    }

    [Fact]
    public void Lists_and_tuples_become_arrays_and_lists()
    {
        Assert.Equal([1, 2, 3], PythonValue.To<int[]>(s_numbers));
        Assert.Equal([1L, 2, 3], PythonValue.To<List<long>>(s_numbers));
        Assert.Equal([1.0, 2, 3], PythonValue.To<IReadOnlyList<double>>(s_numbers));
        Assert.Equal([1.0, 2, 3], PythonValue.To<IEnumerable<double>>(new PythonTuple(1, 2, 3)));
        Assert.Equal([1, null], PythonValue.To<IList<int?>>(new List<object?> { 1, null }));
        Assert.Equal([[1, 2, 3], [1, 2, 3]], PythonValue.To<int[][]>(new List<object?> { s_numbers, new PythonTuple(1, 2, 3) }));
        Assert.Equal(["a", null], PythonValue.To<string?[]>(new PythonTuple("a", null)));
        Assert.Empty(PythonValue.To<int[]>(new List<object?>()));
        Assert.Same(s_numbers, PythonValue.To<List<object?>>(s_numbers));
        Assert.Same(s_numbers, PythonValue.To<IEnumerable<object?>>(s_numbers));
    }

    [Fact]
    public void Tuples_become_tuples_of_NET_of_any_length()
    {
        Assert.Equal((1, "a"), PythonValue.To<(int, string)>(new PythonTuple(1, "a")));
        Assert.Equal(Tuple.Create(1L, "a"), PythonValue.To<Tuple<long, string>>(new PythonTuple(1, "a")));
        Assert.Equal((1, (2.0, new byte?(3))), PythonValue.To<(int, (double, byte?))>(new PythonTuple(1, new PythonTuple(2, 3))));
        Assert.Equal([(1, 2.0)], PythonValue.To<(int, double)[]>(new List<object?> { new PythonTuple(1, 2) }));
        Assert.Equal(
            (1, 2, 3, 4, 5, 6, 7, "8", 9),
            PythonValue.To<(int, int, int, int, int, int, int, string, long)>(new PythonTuple(1, 2, 3, 4, 5, 6, 7, "8", 9)));
        Assert.Equal(default, PythonValue.To<ValueTuple>(PythonTuple.Empty));
        Assert.Null(PythonValue.To<(int, int)?>(null));
    }

    [Fact]
    public void Dictionaries_sets_and_bytes_become_those_of_the_right_types()
    {
        Dictionary<object, object?> dict = Corpus.Dict(("a", 1), ("b", 2.5));
        Assert.Equal(new Dictionary<string, double> { ["a"] = 1, ["b"] = 2.5 }, PythonValue.To<Dictionary<string, double>>(dict));
        Assert.Equal(1, PythonValue.To<IReadOnlyDictionary<string, double>>(dict)["a"]);
        Assert.Equal([1, 2, 3], PythonValue.To<IDictionary<(int, int), int[]>>(Corpus.Dict((new PythonTuple(1, 2), s_numbers)))[(1, 2)]);
        Assert.Equal([1L, 2], PythonValue.To<HashSet<long>>(new HashSet<object?> { 1, 2 }));
        Assert.Equal(["a"], PythonValue.To<FrozenSet<string>>(FrozenSet.Create<object?>("a")));
        Assert.Equal(["a"], PythonValue.To<ISet<string>>(FrozenSet.Create<object?>("a")));
        byte[] bytes = [1, 2];
        Assert.Same(bytes, PythonValue.To<byte[]>(bytes));
        Assert.Equal(bytes, PythonValue.To<ReadOnlyMemory<byte>>(bytes));
        Assert.Equal(bytes, PythonValue.To<Memory<byte>>(bytes).ToArray());
        Assert.Equal("ab"u8.ToArray(), PythonValue.To<byte[]>("ab", isPython2: true));
    }

    [Fact]
    public void What_is_shared_is_converted_once()
    {
        List<object?> shared = [1];
        List<int>[] lists = PythonValue.To<List<int>[]>(new List<object?> { shared, shared });
        Assert.Same(lists[0], lists[1]);

        // A thousand references to a thousand references to a thousand items.
        List<object?> thousand = [.. Enumerable.Range(0, 1000).Cast<object?>()];
        List<object?> million = [.. Enumerable.Repeat<object?>(thousand, 1000)];
        long before = GC.GetAllocatedBytesForCurrentThread();
        int[][][] all = PythonValue.To<int[][][]>(new List<object?>([.. Enumerable.Repeat<object?>(million, 1000)]));
        Assert.Equal(999, all[999][999][999]);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    [Fact]
    public void A_mismatch_says_what_came_and_where()
    {
        List<object?> list = [1, 300, "x"];
        AssertRefused<byte[]>(list, "What came from Python is no byte[]: a list came where a byte[] was to be received.");
        AssertRefused<byte>(300, "What came from Python is no byte: the int 300 does not fit into a byte.");
        AssertRefused<uint>(-1, "What came from Python is no uint: the int -1 does not fit into a uint.");
        AssertRefused<long>(BigInteger.One << 5000, "an int of 5001 bits does not fit into a long.");
        AssertRefused<double>(BigInteger.One << 5000, "does not fit into a double.");
        AssertRefused<Level>(256, "does not fit into a Level");
        AssertRefused<sbyte[]>(list, "[1]: the int 300 does not fit into a sbyte.");
        AssertRefused<int[]>(list, "[2]: a str came where a int was to be received.");
        AssertRefused<int>(1.0, "the float 1 came where a int");
        AssertRefused<int>(true, "a bool came where a int");
        AssertRefused<bool>(1, "the int 1 came where a bool");
        AssertRefused<int>(null, "None came where a int");
        AssertRefused<string>("x"u8.ToArray(), "bytes came where a string");
        AssertRefused<byte[]>("x", "a str came where a byte[]");
        AssertRefused<char>("xy", "a str came where a char");
        AssertRefused<(int, int)>(new PythonTuple(1, 2, 3), "a tuple of 3 came where a ValueTuple<int, int>");
        AssertRefused<(int, int)>(s_numbers, "a list came where a ValueTuple<int, int>");
        AssertRefused<(int, (int, int))>(new PythonTuple(1, new PythonTuple(2, "x")), "[1][1]: a str came");
        AssertRefused<Dictionary<string, int[]>>(Corpus.Dict(("a", list)), "[\"a\"][2]: a str came");
        AssertRefused<Dictionary<string, int>>(Corpus.Dict((1, 1)), ", a key: the int 1 came where a string");
        AssertRefused<Dictionary<string, int>>(Corpus.Dict((PythonNone.Value, 1)), ", a key: None came where a string");
        AssertRefused<Dictionary<float, int>>(Corpus.Dict((0.1, 1), ((double)0.1f, 2)), "another key is the same as a float");
        AssertRefused<HashSet<int>>(new HashSet<object?> { "a" }, ", an item: a str came");
        AssertRefused<HashSet<int>>(s_numbers, "a list came where a HashSet<int>");
        AssertRefused<Uri>("http://a", "a str came where a Uri");
        AssertRefused<DateTime>(1, "the int 1 came where a DateTime");
        AssertRefused<SortedSet<int>>(new HashSet<object?>(), "a set came where a SortedSet<int>");
    }

    private static void AssertRefused<T>(object? value, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidCastException>(() => PythonValue.To<T>(value)).Message, StringComparison.Ordinal);
}
