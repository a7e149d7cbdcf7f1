using System.Numerics;
using Cohort.Serializing;
using Cohort.Serializing.Python;

namespace Cohort.Tests.Serializing.Python;

/// <summary>The exact bytes that Pythons send, captured from their connections.</summary>
public sealed class WireTableTests
{
    [Theory]
    [InlineData("80044e2e", "null")]
    [InlineData("8004882e", "true")]
    [InlineData("8004892e", "false")]
    [InlineData("80044b002e", "Int32 0")]
    [InlineData("80044bff2e", "Int32 255")]
    [InlineData("80049504000000000000004d00012e", "Int32 256")]
    [InlineData("80049504000000000000004dffff2e", "Int32 65535")]
    [InlineData("80049506000000000000004a000001002e", "Int32 65536")]
    [InlineData("80049506000000000000004affffffff2e", "Int32 -1")]
    [InlineData("80049506000000000000004a000000802e", "Int32 -2147483648")]
    [InlineData("80049506000000000000004affffff7f2e", "Int32 2147483647")]
    [InlineData("80049508000000000000008a0500000080002e", "Int64 2147483648")]
    [InlineData("8004950c000000000000008a090000000000000080002e", "BigInteger 9223372036854775808")]
    [InlineData("8004950b000000000000008a0800000000000000802e", "Int64 -9223372036854775808")]
    [InlineData("8004950a00000000000000473ff80000000000002e", "Double 1.5")]
    [InlineData("8004950a00000000000000477ff00000000000002e", "Double Infinity")]
    [InlineData("80049504000000000000008c00942e", "''")]
    [InlineData("80049505000000000000008c0161942e", "'a'")]
    [InlineData("8004950d000000000000008c09c3a9e282acf09f9880942e", @"'\u00e9\u20ac\ud83d\ude00'")]
    [InlineData("80049507000000000000008c03eda080942e", @"'\ud800'")]
    [InlineData("80049504000000000000004300942e", "bytes ")]
    [InlineData("800495060000000000000043026162942e", "bytes 6162")]
    [InlineData("80049523000000000000008c086275696c74696e73948c096279746561727261799493944302616294859452942e", "bytes 6162")]
    [InlineData("8004292e", "()")]
    [InlineData("80049505000000000000004b0185942e", "(Int32 1)")]
    [InlineData("80049507000000000000004b014b0286942e", "(Int32 1, Int32 2)")]
    [InlineData("80049509000000000000004b014b024b0387942e", "(Int32 1, Int32 2, Int32 3)")]
    [InlineData("8004950c00000000000000284b014b024b034b0474942e", "(Int32 1, Int32 2, Int32 3, Int32 4)")]
    [InlineData("80045d942e", "[]")]
    [InlineData("80049506000000000000005d944b01612e", "[Int32 1]")]
    [InlineData("80049509000000000000005d94284b014b02652e", "[Int32 1, Int32 2]")]
    [InlineData("8004950c000000000000005d94288c026162946801652e", "['ab', 'ab']")]
    [InlineData("80047d942e", "{}")]
    [InlineData("8004950a000000000000007d948c0161944b01732e", "{'a': Int32 1}")]
    [InlineData("80049511000000000000007d94288c0161944b018c0162944b02752e", "{'a': Int32 1, 'b': Int32 2}")]
    [InlineData("80048f942e", "set()")]
    [InlineData("80049507000000000000008f94284b01902e", "set(Int32 1)")]
    [InlineData("80049509000000000000008f94284b014b02902e", "set(Int32 1, Int32 2)")]
    [InlineData("8004950600000000000000284b0191942e", "frozenset(Int32 1)")]
    [InlineData("80035801000000617100 2e", "'a'")]
    [InlineData("80034b014b028671002e", "(Int32 1, Int32 2)")]
    public void A_captured_message_is_read(string hex, string shape) =>
        Assert.Equal(shape, Shape.Of(PythonPickle.Loads(Shape.Bytes(hex))));

    [Fact]
    public void Long_ones_are_read()
    {
        Assert.Equal(BigInteger.One << 2100, PythonPickle.Loads(Shape.Bytes($"8004950d010000000000008b07010000{new string('0', 2 * 262)}102e")));
        Assert.Equal(new string('x', 256), PythonPickle.Loads(Shape.Bytes($"8004950701000000000000 5800010000 '{new string('x', 256)}' 942e")));
        byte[] bytes = Assert.IsType<byte[]>(PythonPickle.Loads(Shape.Bytes($"8004950701000000000000 4200010000 '{new string('x', 256)}' 942e")));
        Assert.Equal(Enumerable.Repeat((byte)'x', 256), bytes);
    }

    [Fact]
    public void A_recursive_list_contains_itself()
    {
        List<object?> list = Assert.IsType<List<object?>>(PythonPickle.Loads(Shape.Bytes("80049509000000000000005d94284b016800652e")));
        Assert.Equal(1, list[0]);
        Assert.Same(list, list[1]);
    }

    [Theory]
    [InlineData("80049520000000000000008c086275696c74696e73948c0572616e67659493944b004b034b01879452942e", "builtins.range")]
    [InlineData("8004951f000000000000008c086275696c74696e73948c05736c6963659493944b014b024e879452942e", "builtins.slice")]
    [InlineData("80049519000000000000008c086275696c74696e73948c08456c6c69707369739493942e", "builtins.Ellipsis")]
    [InlineData("80049514000000000000008c086275696c74696e73948c03696e749493942e", "builtins.int")]
    [InlineData("80049514000000000000008c086275696c74696e73948c036c656e9493942e", "builtins.len")]
    [InlineData("80049520000000000000008c086461746574696d65948c0464617465949394430407e4010294859452942e", "datetime.date")]
    [InlineData("80049521000000000000008c07646563696d616c948c07446563696d616c9493948c03312e3594859452942e", "decimal.Decimal")]
    [InlineData("80049520000000000000008c0475756964948c04555549449493942981947d948c03696e74944b0573622e", "uuid.UUID")]
    [InlineData("8004951f000000000000008c0b636f6c6c656374696f6e73948c0564657175659493942952944b01612e", "collections.deque")]
    [InlineData("80049523000000000000008c086275696c74696e73948c0a56616c75654572726f729493948c017894859452942e", "builtins.ValueError")]
    [InlineData("8003 'cposix\\nsystem\\n' 58 02000000 'ls' 85 52 2e", "posix.system")]
    [InlineData("'(S' 27 'ls' 27 '\\nios\\nsystem\\n.'", "os.system")]
    [InlineData("8003 'cbuiltins\\nset.__subclasshook__\\n.'", "builtins.set.__subclasshook__")]
    public void Any_other_name_is_refused(string hex, string name)
    {
        PickleException refusal = Assert.Throws<PickleException>(() => PythonPickle.Loads(Shape.Bytes(hex)));
        Assert.StartsWith($"The Python pickle contains {name}, which is not read: only basic types are", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, "80034e2e", null)]
    [InlineData(3, "8003882e", true)]
    [InlineData(3, "80034bff2e", 255)]
    [InlineData(3, "80034d00012e", 256)]
    [InlineData(3, "80034affffffff2e", -1)]
    [InlineData(3, "80038a0500000080002e", 2147483648L)]
    [InlineData(3, "80038a0800000000000000802e", long.MinValue)]
    [InlineData(3, "8003473ff80000000000002e", 1.5)]
    [InlineData(3, "800358010000006171002e", "a")]
    [InlineData(2, "80025501617100 2e", "a")]
    [InlineData(2, "80025802000000c3a971002e", "é")]
    public void A_value_is_written_as_Python_does(int protocol, string hex, object? value) =>
        Assert.Equal(hex.Replace(" ", "", StringComparison.Ordinal), Shape.Hex(PythonPickle.Dumps(value, protocol)));

    [Fact]
    public void A_surrogate_on_its_own_is_written_as_Python_does() =>
        Assert.Equal(
            Shape.Hex(Shape.Bytes("8003 58 0c000000 '<' eda080 '>' edbfbf f09f9880 7100 2e")),
            Shape.Hex(PythonPickle.Dumps("<\ud800>\udfff😀")));

    [Fact]
    public void A_set_is_written_as_Python_3_did_before_protocol_4() =>
        Assert.Equal(
            Shape.Hex(Shape.Bytes("8003 'cbuiltins\\nset\\n' 7100 5d7101 4b01 61 85 7102 52 7103 2e")),
            Shape.Hex(PythonPickle.Dumps(new HashSet<int> { 1 })));
}
