using System.Collections.Frozen;
using System.Numerics;
using Cohort.Serializing;
using Cohort.Serializing.Python;

namespace Cohort.Tests.Serializing.Python;

public sealed class EqualityTests
{
    /// <summary>Each line is one key in Python, and no two lines are.</summary>
    private static readonly object?[][] s_keys =
    [
        [1, 1L, 1.0, 1.0f, true, (byte)1, BigInteger.One, 1UL],
        [0, false, -0.0, 0.0],
        [-1, -1L, (sbyte)-1, -1.0],
        [1.5, 1.5f],
        [long.MaxValue, (ulong)long.MaxValue, (BigInteger)long.MaxValue],
        [9223372036854775808.0, 1UL << 63, BigInteger.One << 63],
        [-9223372036854775808.0, long.MinValue],
        [1e300, new BigInteger(1e300)],
        [double.NaN, float.NaN],
        [double.PositiveInfinity],
        [double.NegativeInfinity],
        ["1", new string('1', 1)],
        ["a"],
        ["A"],
        [""],
        [new byte[] { 1 }, new byte[] { 1 }],
        [new byte[] { 2 }],
        [Array.Empty<byte>(), new byte[0]],
        [null, PythonNone.Value],
        [PythonTuple.Empty, new PythonTuple(), ValueTuple.Create()],
        [new PythonTuple(1, "a"), new PythonTuple(1.0, "a"), (1, "a"), Tuple.Create(true, "a")],
        [new PythonTuple("a", 1)],
        [new PythonTuple(1, "a", null), (1, "a", PythonNone.Value)],
        [new PythonTuple(new PythonTuple(1)), new PythonTuple(ValueTuple.Create(1L))],
        [Set(1, 2), Set(2.0, 1.0), Set(2, 1)],
        [Set(1)],
        [Set(), Set()],
        [Set(Set(1, 2), null), Set(null, Set(2, 1))],
        [new PythonTuple(Set(1, 2)), new PythonTuple(Set(2, 1))],
        ['a'],
        [1m],
    ];

    [Fact]
    public void Keys_are_one_where_they_are_in_Python()
    {
        for (int i = 0; i < s_keys.Length; i++)
        {
            for (int j = 0; j < s_keys.Length; j++)
            {
                foreach (object? x in s_keys[i])
                {
                    foreach (object? y in s_keys[j])
                    {
                        Assert.True(PythonEquality.Instance.Equals(x, y) == (i == j), $"{x} ({x?.GetType()}) and {y} ({y?.GetType()})");
                        Assert.True(i != j || Hash(x) == Hash(y), $"hashes of {x} ({x?.GetType()}) and {y} ({y?.GetType()})");
                    }
                }
            }
        }
    }

    [Fact]
    public void A_tuple_is_equal_to_one_of_its_own_type_only()
    {
        PythonTuple tuple = new(1, "a");
        Assert.True(tuple.Equals((object)new PythonTuple(1L, "a")));
        Assert.False(tuple.Equals((object)(1, "a")));
        Assert.False(tuple.Equals(null));
        Assert.True(tuple != new PythonTuple(1, "b"));
        Assert.True((PythonTuple?)null == null);
        Assert.False(tuple == null);
    }

    [Fact]
    public void Containers_that_can_change_are_equal_only_to_themselves()
    {
        List<object?> list = [1];
        Assert.True(new PythonTuple(list) == new PythonTuple(list));
        Assert.False(new PythonTuple(list) == new PythonTuple(new List<object?> { 1 }));
    }

    [Fact]
    public void A_tuple_is_a_list_and_a_tuple_of_NET()
    {
        PythonTuple tuple = new(1, "a", null);
        Assert.Equal(3, tuple.Count);
        Assert.Equal([1, "a", null], tuple);
        Assert.Equal("a", tuple[1]);
        Assert.Equal(3, ((System.Runtime.CompilerServices.ITuple)tuple).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => tuple[3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => tuple[-1]);
        Assert.Equal("(1, a, None)", tuple.ToString());
        Assert.Equal("(1,)", new PythonTuple(1).ToString());
        Assert.Equal("(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …)", new PythonTuple([.. Enumerable.Range(0, 50).Cast<object?>()]).ToString());
    }

    [Fact]
    public void What_was_read_from_Python_also_crosses_by_the_codec()
    {
        Dictionary<object, object?> dict = Corpus.Dict((new PythonTuple(1, "a"), 1), (PythonNone.Value, Set(1)), (2.0, null));

        Dictionary<object, object?> copy = Pickle.Loads<Dictionary<object, object?>>(Pickle.Dumps(dict));

        Assert.Equal(1, copy[new PythonTuple(1L, "a")]);
        Assert.True(copy.ContainsKey(PythonNone.Value));
        Assert.True(copy.ContainsKey(2));
        Assert.Equal("frozenset(Int32 1)", Shape.Of(copy[PythonNone.Value]));
    }

    private static FrozenSet<object?> Set(params object?[] items) => items.ToFrozenSet(PythonEquality.Instance);

    private static int Hash(object? key) => key is null ? 0 : PythonEquality.Instance.GetHashCode(key);
}
