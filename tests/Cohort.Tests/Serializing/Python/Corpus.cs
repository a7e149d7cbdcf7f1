using System.Collections.Frozen;
using System.Numerics;
using Cohort.Serializing.Python;

namespace Cohort.Tests.Serializing.Python;

/// <summary>Values as expressions that every Python understands, and as what they are here.</summary>
internal static class Corpus
{
    public static IReadOnlyList<Entry> Entries { get; } =
    [
        new("None", null),
        new("True", true),
        new("False", false),
        new("0", 0),
        new("1", 1),
        new("255", 255),
        new("256", 256),
        new("65535", 65535),
        new("65536", 65536),
        new("-1", -1),
        new("-2**31", int.MinValue),
        new("2**31-1", int.MaxValue),
        new("2**31", 1L << 31),
        new("-2**31-1", int.MinValue - 1L),
        new("2**40", 1L << 40),
        new("2**63-1", long.MaxValue),
        new("-2**63", long.MinValue),
        new("2**63", BigInteger.One << 63),
        new("-2**63-1", -(BigInteger.One << 63) - 1),
        new("2**64-1", (BigInteger)ulong.MaxValue),
        new("2**2100", BigInteger.One << 2100),
        new("-(3**1000)", -BigInteger.Pow(3, 1000)),
        new("0.0", 0.0),
        new("-0.0", -0.0),
        new("1.5", 1.5),
        new("-1e300", -1e300),
        new("0.1", 0.1),
        new("5e-324", double.Epsilon),
        new("float('inf')", double.PositiveInfinity),
        new("-float('inf')", double.NegativeInfinity),
        new("u''", ""),
        new("'a'", "a"),
        new("'tab\\t quote\\' \"both\" back\\\\slash \\\\u0041 line\\nfeed\\r nul\\0 sub\\x1a'", "tab\t quote' \"both\" back\\slash \\u0041 line\nfeed\r nul\0 sub\x1a"),
        new("u'\\xe9\\u20ac\\U0001f600 \\\\u0041 \\n\\0'", "é€😀 \\u0041 \n\0"),
        new("u'\\ud800'", "\ud800"),
        new("u'a\\udc80b\\ud800c'", "a\udc80b\ud800c"),
        new("u'\\xe9' * 300", new string('é', 300)),
        new("u'\\u20ac' * 100000", new string('€', 100_000)),
        new("'x' * 256", new string('x', 256)),
        new("b''", Array.Empty<byte>(), ""),
        new("b'ab'", "ab"u8.ToArray(), "ab"),
        new("b'\\xff\\x00\\n\\'\\\\'", new byte[] { 0xFF, 0, (byte)'\n', (byte)'\'', (byte)'\\' }),
        new("b'\\xfe' * 70000", Enumerable.Repeat((byte)0xFE, 70000).ToArray()),
        new("bytearray(b'')", Array.Empty<byte>()) { IsReadOnly = true },
        new("bytearray(b'ab')", "ab"u8.ToArray()) { IsReadOnly = true },
        new("bytearray(b'\\xff\\x80' * 200)", Enumerable.Repeat<byte[]>([0xFF, 0x80], 200).SelectMany(static x => x).ToArray()) { IsReadOnly = true },
        new("()", PythonTuple.Empty),
        new("(1,)", new PythonTuple(1)),
        new("(1, 2)", new PythonTuple(1, 2)),
        new("(1, 2, 3)", new PythonTuple(1, 2, 3)),
        new("(1, 2, 3, 4)", new PythonTuple(1, 2, 3, 4)),
        new("((), ((1,), (2, (None,))))", new PythonTuple(PythonTuple.Empty, new PythonTuple(new PythonTuple(1), new PythonTuple(2, new PythonTuple((object?)null))))),
        new("[]", new List<object?>()),
        new("[1]", new List<object?> { 1 }),
        new("[1, 2]", new List<object?> { 1, 2 }),
        new("[[], [[None]], [True, -1.5]]", new List<object?> { new List<object?>(), new List<object?> { new List<object?> { null } }, new List<object?> { true, -1.5 } }),
        new("list(range(2500))", Enumerable.Range(0, 2500).Cast<object?>().ToList()),
        new("list(range(1001))", Enumerable.Range(0, 1001).Cast<object?>().ToList()),
        new("{}", Dict()),
        new("{'a': 1}", Dict(("a", 1))),
        new("{1: {2: [3]}}", Dict((1, Dict((2, new List<object?> { 3 }))))),
        new("{None: 1}", Dict((PythonNone.Value, 1))),
        new("{(1, 'a', None): 1}", Dict((new PythonTuple(1, "a", null), 1))),
        new("dict((i, i * 2) for i in range(1500))", Dict([.. Enumerable.Range(0, 1500).Select(static i => ((object)i, (object?)(i * 2)))])),
        new("set()", new HashSet<object?>()),
        new("set([1])", new HashSet<object?> { 1 }),
        new("set([1, 'a', None, (1, 2)])", new HashSet<object?> { 1, "a", null, new PythonTuple(1, 2) }) { IsUnordered = true },
        new("frozenset()", FrozenSet<object?>.Empty),
        new("frozenset([1])", FrozenSet.Create<object?>(1)),
        new("frozenset([None, frozenset([2.5])])", new object?[] { null, FrozenSet.Create<object?>(2.5) }.ToFrozenSet()) { IsUnordered = true },
        new("{frozenset([7]): frozenset([8])}", Dict((FrozenSet.Create<object?>(7), FrozenSet.Create<object?>(8)))),
        new("[set([1]), set([2]), frozenset([3])]", new List<object?> { new HashSet<object?> { 1 }, new HashSet<object?> { 2 }, FrozenSet.Create<object?>(3) }),
        new("[list(('k%03d' % i, i)) for i in range(400)]", Enumerable.Range(0, 400).Select(static object? (i) => new List<object?> { $"k{i:D3}", i }).ToList()),
    ];

    public static Dictionary<object, object?> Dict(params (object Key, object? Value)[] items)
    {
        Dictionary<object, object?> dict = new(PythonEquality.Instance);
        foreach ((object key, object? value) in items)
        {
            dict.Add(key, value);
        }

        return dict;
    }

    /// <summary>One value.</summary>
    /// <param name="Expression">In Python.</param>
    /// <param name="Value">What it is here, both when read and to be written.</param>
    internal sealed record Entry(string Expression, object? Value)
    {
        private readonly object? _fromPython2;

        public Entry(string expression, object? value, object? fromPython2)
            : this(expression, value) => _fromPython2 = fromPython2;

        /// <summary>Whether it is written as another type than it is read of.</summary>
        public bool IsReadOnly { get; init; }

        /// <summary>Whether the order of its items is not the same everywhere.</summary>
        public bool IsUnordered { get; init; }

        public object? From(bool isPython2) => isPython2 ? _fromPython2 ?? Value : Value;
    }
}
