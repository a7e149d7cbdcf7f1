using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Numerics;
using Cohort.Serializing;
using Cohort.Serializing.Python;

namespace Cohort.Tests.Serializing.Python;

public sealed class WriterTests
{
    private enum Small : byte
    {
        One = 1,
    }

    private enum Huge : ulong
    {
        Most = ulong.MaxValue,
    }

    [Fact]
    public void Each_type_of_the_framework_becomes_its_basic_type()
    {
        (object? Value, string Shape)[] written =
        [
            ((byte)200, "Int32 200"), ((sbyte)-2, "Int32 -2"), ((short)-3, "Int32 -3"), ((ushort)65535, "Int32 65535"),
            (uint.MaxValue, "Int64 4294967295"), (5L, "Int32 5"), (7UL, "Int32 7"), (ulong.MaxValue, "BigInteger 18446744073709551615"),
            (Int128.MinValue, $"BigInteger {Int128.MinValue}"), (UInt128.MaxValue, $"BigInteger {UInt128.MaxValue}"), ((Int128)1, "Int32 1"),
            (new BigInteger(3), "Int32 3"), (1.5f, "Double 1.5"), ((Half)0.5, "Double 0.5"), ('é', @"'\u00e9'"), (Small.One, "Int32 1"),
            (Huge.Most, "BigInteger 18446744073709551615"), (PythonNone.Value, "null"),
            (new byte[] { 1, 2 }, "bytes 0102"), (new byte[] { 1, 2, 3 }.AsMemory(1), "bytes 0203"), (new ReadOnlyMemory<byte>([9]), "bytes 09"),
            (new sbyte[] { -1 }, "[Int32 -1]"), (new[] { 1, 2 }, "[Int32 1, Int32 2]"), (new string?[] { "a", null }, "['a', null]"),
            (new[] { new[] { 1.5 }, [] }, "[[Double 1.5], []]"), (new List<bool> { true }, "[true]"), (new ArrayList { 1, "a" }, "[Int32 1, 'a']"),
            (new Collection<int> { 4 }, "[Int32 4]"), (ImmutableArray.Create(1), "[Int32 1]"), (ImmutableList.Create(1), "[Int32 1]"),
            ((1, "a"), "(Int32 1, 'a')"), (Tuple.Create(1), "(Int32 1)"), (ValueTuple.Create(), "()"), ((1, 2, 3, 4, 5, 6, 7, 8, 9), "(Int32 1, Int32 2, Int32 3, Int32 4, Int32 5, Int32 6, Int32 7, Int32 8, Int32 9)"),
            (new Dictionary<string, int> { ["a"] = 1 }, "{'a': Int32 1}"), (new SortedDictionary<int, int[]> { [1] = [2] }, "{Int32 1: [Int32 2]}"),
            (new ConcurrentDictionary<(int, int), string> { [(1, 2)] = "x" }, "{(Int32 1, Int32 2): 'x'}"), (new Hashtable { [1] = 2 }, "{Int32 1: Int32 2}"),
            (ImmutableDictionary<int, int>.Empty.Add(1, 2), "{Int32 1: Int32 2}"), (new Dictionary<int, int> { [1] = 2 }.ToFrozenDictionary(), "{Int32 1: Int32 2}"),
            (new HashSet<string?> { "a", null }, "set('a', null)"), (new SortedSet<int> { 1 }, "set(Int32 1)"),
            (FrozenSet.Create(1, 2), "frozenset(Int32 1, Int32 2)"), (ImmutableHashSet.Create(1), "frozenset(Int32 1)"), (ImmutableSortedSet.Create(1), "frozenset(Int32 1)"),
            (new HashSet<byte[]> { new byte[] { 5 } }, "set(bytes 05)"),
        ];
        foreach ((object? value, string shape) in written)
        {
            Assert.Equal(shape, Shape.Of(PythonPickle.Loads(PythonPickle.Dumps(value))));
            Assert.Equal(shape, Shape.Of(PythonPickle.Loads(PythonPickle.Dumps(value, 2))));
        }
    }

    [Fact]
    public void What_cannot_travel_is_named_with_the_way_to_it()
    {
        (object? Value, string Message)[] refused =
        [
            (Stream.Null, "value: "),
            (new object?[] { new Dictionary<string, object> { ["Name"] = new Uri("http://a") } }, "value[0][\"Name\"]: Uri cannot be sent to Python: only basic types are"),
            (new List<object> { 1, (2, 3, 1.5m) }, "value[1][2]: decimal has no form in Python's basic types; convert it to double"),
            (new Dictionary<object, object?> { [new Uri("http://a")] = 1 }, "value, a key: Uri cannot be sent"),
            (new HashSet<object> { Guid.Empty }, "value, an item: Guid cannot be sent"),
            (new int[1, 1], "value: int[,] has more than one dimension"),
            (new object[] { new Thread(static () => { }) }, "value[0]: Thread cannot cross processes"),
            (new object[] { (nint)1 }, "value[0]: IntPtr cannot cross processes; an address means nothing"),
            (new Dictionary<object, int> { [new List<int>()] = 1 }, "value, a key: List<int> is a list in Python, which cannot be a key or an item of a set there"),
            (new HashSet<object> { new Dictionary<int, int>() }, "value, an item: Dictionary<int, int> is a dict in Python"),
            (new HashSet<object> { new HashSet<int>() }, "value, an item: HashSet<int> is a set in Python"),
            (new HashSet<object> { (1, new[] { 2 }) }, "value, an item[1]: int[] is a list in Python"),
            (new object[] { new Loop() }, "value[0]: Loop cannot be sent to Python"),
            (new Func<int>[] { static () => 1 }, "value[0]: Func<int> cannot be sent"),
            (new object[] { new Broken() }, "value[0]: InvalidOperationException while it was written: broken"),
        ];
        foreach ((object? value, string message) in refused)
        {
            PickleException refusal = Assert.Throws<PickleException>(() => PythonPickle.Dumps(value));
            Assert.StartsWith(message, refusal.Message, StringComparison.Ordinal);
            Assert.StartsWith(refusal.Path!, message, StringComparison.Ordinal);
        }

        // Nothing of those is left for the next.
        Assert.Equal("80034b012e", Shape.Hex(PythonPickle.Dumps(1)));
    }

    [Fact]
    public void Only_protocols_2_and_3_are_written()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => PythonPickle.Dumps(1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => PythonPickle.Dumps(1, 4));
    }

    [Fact]
    public void Shared_objects_are_written_once()
    {
        byte[] bytes = new byte[1000];
        List<int> list = [1];
        object tuple = (1, 2);
        object[] root = [bytes, bytes, list, list, tuple, tuple];

        foreach (int protocol in (int[])[2, 3])
        {
            byte[] pickle = PythonPickle.Dumps(root, protocol);
            Assert.True(pickle.Length < 2100);
            List<object?> read = Assert.IsType<List<object?>>(PythonPickle.Loads(pickle));
            Assert.Same(read[0], read[1]);
            Assert.Same(read[2], read[3]);
            Assert.Same(read[4], read[5]);
        }
    }

    [Fact]
    public void More_objects_than_a_byte_can_number_are_found_again()
    {
        List<object?> root = [.. Enumerable.Range(0, 1000).Select(static object? (i) => new List<int> { i })];
        root.AddRange([.. root]);
        List<object?> read = Assert.IsType<List<object?>>(PythonPickle.Loads(PythonPickle.Dumps(root)));
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal([i], Assert.IsType<List<object?>>(read[i]));
            Assert.Same(read[i], read[i + 1000]);
        }
    }

    [Fact]
    public void A_tuple_that_is_in_its_own_list_is_one()
    {
        foreach (int length in (int[])[1, 3, 5])
        {
            List<object?> list = [];
            PythonTuple tuple = new([list, .. Enumerable.Repeat<object?>(7, length - 1)]);
            list.Add(tuple);

            PythonTuple read = Assert.IsType<PythonTuple>(PythonPickle.Loads(PythonPickle.Dumps(tuple)));

            Assert.Equal(length, read.Count);
            Assert.Same(read, Assert.IsType<List<object?>>(read[0])[0]);
        }
    }

    private sealed class Loop : System.Runtime.CompilerServices.ITuple
    {
        public int Length => 1;

        public object this[int index] => this;
    }

    private sealed class Broken : Collection<int>, IEnumerable
    {
        IEnumerator IEnumerable.GetEnumerator() => throw new InvalidOperationException("broken");
    }
}
