using System.Numerics;
using System.Text;
using Cohort.Serializing;
using Cohort.Serializing.Python;

namespace Cohort.Tests.Serializing.Python;

public sealed class ReaderTests
{
    /// <summary>Each instruction that a Python writes, the rare ones of old protocols too.</summary>
    public static TheoryData<string, string> Instructions => new()
    {
        { "'I7\\n.'", "Int32 7" },
        { "'I-7\\n.'", "Int32 -7" },
        { "'I00\\n.'", "false" },
        { "'I01\\n.'", "true" },
        { "'I1099511627776\\n.'", "Int64 1099511627776" },
        { "'L7L\\n.'", "Int32 7" },
        { "'L-18446744073709551616L\\n.'", "BigInteger -18446744073709551616" },
        { "'L5\\n.'", "Int32 5" },
        { "'F1.5\\n.'", "Double 1.5" },
        { "'F1e-07\\n.'", "Double 1E-07" },
        { "'Finf\\n.'", "Double Infinity" },
        { "'F-inf\\n.'", "Double -Infinity" },
        { "'Fnan\\n.'", "Double NaN" },
        { "'S' 27 'a\\x00\\xff\\\\' 27 '\\n.'", "bytes 6100FF5C" },
        { "'S\"it' 27 's\"\\n.'", "'it's'" },
        { "'Vab\\u20ac\\n.'", @"'ab\u20ac'" },
        { "'V\\U0001f600\\\\q\\n.'", @"'\ud83d\ude00\\q'" },
        { "'V' e9 '\\n.'", @"'\u00e9'" },
        { "'U' 02 'ab.'", "'ab'" },
        { "'T' 02000000 80 ff '.'", "bytes 80FF" },
        { "'(I1\\nI2\\nl.'", "[Int32 1, Int32 2]" },
        { "'(lp0\\nI1\\na.'", "[Int32 1]" },
        { "'(dp0\\nI1\\nI2\\ns.'", "{Int32 1: Int32 2}" },
        { "'(I1\\nNI3\\nI4\\nd.'", "{Int32 1: null, Int32 3: Int32 4}" },
        { "'(NI4\\nd.'", "{None: Int32 4}" },
        { "'(t.'", "()" },
        { "'(I1\\ntp0\\n.'", "(Int32 1)" },
        { "']q' 07 'h' 07 '0.'", "[]" },
        { "']r' ffffffff '0j' ffffffff '.'", "[]" },
        { "']p99\\n0g99\\n.'", "[]" },
        { "']q' 01 '0h' 01 '.'", "[]" },
        { "'N2' 86 '.'", "(null, null)" },
        { "'(NN1N.'", "null" },
        { "'(0N.'", "null" },
        { "'(N0N0N.'", "?" },
        { "80 02 8a 00 2e", "Int32 0" },
        { "80 02 8b 00000000 2e", "Int32 0" },
        { "80 02 8b 01000000 ff 2e", "Int32 -1" },
        { "80 04 8d 0100000000000000 'a.'", "'a'" },
        { "80 04 8e 0100000000000000 'a.'", "bytes 61" },
        { "80 05 96 0100000000000000 'a.'", "bytes 61" },
        { "80 04 95 0300000000000000 '(N' 91 '.'", "frozenset(null)" },
        { "80 02 'c__builtin__\\nset\\n](K' 01 'K' 02 'e' 85 'R.'", "set(Int32 1, Int32 2)" },
        { "80 02 'c__builtin__\\nfrozenset\\n)' 81 '.'", "frozenset()" },
        { "80 02 'c__builtin__\\nset\\n)R.'", "set()" },
        { "80 02 'c__builtin__\\nbytes\\n)R.'", "bytes " },
        { "80 02 'c_codecs\\nencode\\nX' 02000000 c3bf 'X' 06000000 'latin1' 86 'R.'", "bytes FF" },
        { "80 02 'c__builtin__\\nbytearray\\nX' 01000000 'aX' 07000000 'latin-1' 86 'R.'", "bytes 61" },
    };

    [Theory]
    [MemberData(nameof(Instructions))]
    public void An_instruction_does_what_Python_does(string pickle, string shape)
    {
        byte[] bytes = Shape.Bytes(pickle);
        if (shape == "?")
        {
            // The mark is never used up.
            Assert.Throws<PickleException>(() => PythonPickle.Loads(bytes));
            return;
        }

        Assert.Equal(shape, Shape.Of(PythonPickle.Loads(bytes)));
    }

    [Theory]
    [MemberData(nameof(Instructions))]
    public void A_truncation_anywhere_is_refused(string pickle, string shape)
    {
        byte[] bytes = Shape.Bytes(pickle);
        Assert.NotEmpty(shape);
        for (int length = 0; length < bytes.Length; length++)
        {
            byte[] truncated = bytes[..length];
            PickleException refusal = Assert.Throws<PickleException>(() => PythonPickle.Loads(truncated));
            Assert.NotEmpty(refusal.Message);
        }

        PickleException more = Assert.Throws<PickleException>(() => PythonPickle.Loads([.. bytes, (byte)'N']));
        Assert.True(shape == "?" || more.Message.Contains("1 bytes are left over", StringComparison.Ordinal), more.Message);
    }

    [Theory]
    [InlineData("", "ends before")]
    [InlineData("ff 2e", "is no Python pickle: it starts with 0xff")]
    [InlineData("80 03 ff 2e", "has 0xff at byte 2")]
    [InlineData("80 06 4e 2e", "protocol 6, and 5 is the newest")]
    [InlineData("'.'", "takes more from its stack")]
    [InlineData("'t.'", "takes more from its stack")]
    [InlineData("'N(0' 86 '.'", "takes more from its stack")]
    [InlineData("'N(' 85 '.'", "takes more from its stack")]
    [InlineData("'NN.'", "ends in the middle of a value")]
    [InlineData("'h' 00 '.'", "refers to an object 0 that it does not have")]
    [InlineData("']q' 01 '0h' 00 '.'", "refers to an object 0 that it does not have")]
    [InlineData("'g1x\\n.'", "by what is no number")]
    [InlineData("'Nq' 00 '0K' 01 'h' 00 'a.'", "adds items at byte 8 to what is no container")]
    [InlineData("'](Na.'", "adds items at byte 3")]
    [InlineData("'}K' 01 'a.'", "adds items")]
    [InlineData("'}(Nu.'", "a key without a value")]
    [InlineData("'(Nd.'", "a key without a value")]
    [InlineData("'}]Ns.'", "has a list as a key")]
    [InlineData("'}}Ns.'", "has a dict as a key")]
    [InlineData("80 04 '}' 8f 'Ns.'", "has a set as a key")]
    [InlineData("'}]' 85 85 'Ns.'", "has a list as a key")]
    [InlineData("80 04 8f '(]' 90 '.'", "has a list as a key")]
    [InlineData("80 04 '(}' 91 '.'", "has a dict as a key")]
    [InlineData("'Ix\\n.'", "an int that is no number")]
    [InlineData("'I1 \\n.'", "an int that is no number")]
    [InlineData("'Fx\\n.'", "a float that is no number")]
    [InlineData("'Sx\\n.'", "no quotes")]
    [InlineData("'S\"\\q\"\\n.'", "an escape that Python does not write")]
    [InlineData("'S\"\\x0\"\\n.'", "an escape that is not whole")]
    [InlineData("'V\\u12\\n.'", "an escape that is not whole")]
    [InlineData("'V\\Uffffffff\\n.'", "an escape that is not whole")]
    [InlineData("'X' 01000000 ff '.'", "the byte 0xff where UTF-8 has none")]
    [InlineData("'X' 02000000 eda0 '.'", "the byte 0xed where UTF-8 has none")]
    [InlineData("'X' ffffffff '.'", "ends before")]
    [InlineData("'T' ffffffff '.'", "claims a length of -1 bytes")]
    [InlineData("80 02 8b 00000080 '.'", "claims a length of -2147483648 bytes")]
    [InlineData("80 04 8e ffffffffffffffff '.'", "ends before")]
    [InlineData("80 04 95 ffffffffffffffff 'N.'", "ends before")]
    [InlineData("'P1\\n.'", "a persistent id")]
    [InlineData("'NQ.'", "a persistent id")]
    [InlineData("'(No.'", "an old instance")]
    [InlineData("'NNb.'", "the state of an object")]
    [InlineData("80 02 82 01 '.'", "registry of extensions")]
    [InlineData("80 05 97 '.'", "a buffer outside the pickle")]
    [InlineData("80 05 'N' 98 '.'", "a buffer outside the pickle")]
    [InlineData("80 04 'NNN' 92 '.'", "named arguments")]
    [InlineData("'NN' 93 '.'", "by name to what has no name")]
    [InlineData("'N)R.'", "calls what is no name")]
    [InlineData("'cbuiltins\\nset\\n.'", "the name set on its own")]
    [InlineData("'cbuiltins\\nset\\n' 85 '.'", "the name set on its own")]
    [InlineData("']cbuiltins\\nset\\na.'", "the name set on its own")]
    [InlineData("'cbuiltins\\nset\\nNR.'", "or without arguments")]
    [InlineData("'cbuiltins\\nset\\nN' 85 'R.'", "calls set with arguments that make no basic type")]
    [InlineData("'cbuiltins\\nbytes\\nJ' ffffff7f 85 'R.'", "calls bytes with arguments that make no basic type")]
    [InlineData("'c_codecs\\nencode\\n)R.'", "calls encode with arguments that make no basic type")]
    [InlineData("'c_codecs\\nencode\\nX' 01000000 'aX' 04000000 'zlib' 86 'R.'", "calls encode with arguments that make no basic type")]
    [InlineData("'c_codecs\\nencode\\nX' 03000000 e282ac 'X' 06000000 'latin1' 86 'R.'", "not Latin-1")]
    public void What_is_no_pickle_is_a_clear_fault(string pickle, string message) =>
        Assert.Contains(message, Assert.Throws<PickleException>(() => PythonPickle.Loads(Shape.Bytes(pickle))).Message, StringComparison.Ordinal);

    [Fact]
    public void The_digits_of_an_int_are_limited_as_in_Python()
    {
        byte[] most = Encoding.ASCII.GetBytes($"L{new string('9', 4300)}L\n.");
        Assert.Equal(BigInteger.Pow(10, 4300) - 1, PythonPickle.Loads(most));

        byte[] more = Encoding.ASCII.GetBytes($"L{new string('9', 1_000_000)}L\n.");
        PickleException refusal = Assert.Throws<PickleException>(() => PythonPickle.Loads(more));
        Assert.Contains("4300 are the most", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_keys_of_different_types_are_one()
    {
        Dictionary<object, object?> dict = Assert.IsType<Dictionary<object, object?>>(
            PythonPickle.Loads(Shape.Bytes("80 02 '}(K' 01 'K' 0a 88 'K' 0b 'G' 3ff0000000000000 'K' 0c 'u.'")));
        Assert.Equal("{Int32 1: Int32 12}", Shape.Of(dict));
        Assert.Equal(12, dict[BigInteger.One]);
        Assert.Equal(12, dict[1.0f]);
        Assert.False(dict.ContainsKey("1"));
    }
}
