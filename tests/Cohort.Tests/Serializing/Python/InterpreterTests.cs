using System.Globalization;
using Cohort.Serializing;
using Cohort.Serializing.Python;

namespace Cohort.Tests.Serializing.Python;

/// <summary>Pickles from and to every Python that this machine has.</summary>
public sealed class InterpreterTests
{
    private const int Limit = 120_000;

    public static TheoryData<string> Pythons => [.. Support.Pythons.Found];

    private static string Expressions => $"[{string.Join(", ", Corpus.Entries.Select(static x => $"lambda: {x.Expression}"))}]";

    [Fact]
    public void There_is_a_Python_to_compare_with() => Assert.NotEmpty(Support.Pythons.Found);

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Pythons))]
    public async Task What_Python_writes_in_any_protocol_is_read(string python)
    {
        string printed = await Support.Pythons.RunAsync(python, $"""
            import binascii, pickle, sys
            picklers = [pickle]
            if sys.version_info[0] == 2:
                import cPickle
                picklers.append(cPickle)
            for index, make in enumerate({Expressions}):
                for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                    for pickler in picklers:
                        for dumps in [pickler.dumps] + ([pickle._dumps] if hasattr(pickle, "_dumps") else []):
                            print("%d %d %d %s" % (sys.version_info[0], index, protocol, binascii.hexlify(dumps(make(), protocol)).decode()))
            """);

        string[] lines = printed.Split('\n');
        Assert.True(lines.Length >= 3 * Corpus.Entries.Count, $"{lines.Length} lines");
        foreach (string line in lines)
        {
            string[] parts = line.Split(' ');
            Corpus.Entry entry = Corpus.Entries[int.Parse(parts[1], CultureInfo.InvariantCulture)];
            object? value = PythonPickle.Loads(Convert.FromHexString(parts[3]));
            Assert.True(
                Shape.Of(entry.From(parts[0] == "2")) == Shape.Of(value),
                $"{entry.Expression} in protocol {parts[2]}: {Shape.Of(value)}");
        }
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Pythons))]
    public async Task What_is_written_here_is_the_same_in_Python(string python)
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllLinesAsync(file, Corpus.Entries.SelectMany(static (entry, index) =>
                new[] { 2, 3 }.Where(_ => !entry.IsReadOnly).Select(protocol =>
                    $"{index} {protocol} {(entry.IsUnordered ? 0 : 1)} {Shape.Hex(PythonPickle.Dumps(entry.Value, protocol))}")), TestContext.Current.CancellationToken);
            string printed = await Support.Pythons.RunAsync(python, $$"""
                import binascii, pickle, sys
                two = sys.version_info[0] == 2
                def kind(value):
                    # Ints beyond 32 bits are long in Python 2, which is the same to all that use them.
                    return int if two and type(value) is long else type(value)
                def same(a, b):
                    if kind(a) is not kind(b):
                        return False
                    if kind(a) in (list, tuple):
                        return len(a) == len(b) and all(map(same, a, b))
                    if kind(a) is dict:
                        return same(sorted(map(repr, a)), sorted(map(repr, b))) and all(same(a[key], b[key]) for key in a)
                    return a == b and repr(a).rstrip("L") == repr(b).rstrip("L") if kind(a) not in (set, frozenset) else a == b
                makers = {{Expressions}}
                checked = 0
                for line in open(sys.argv[1]):
                    index, protocol, ordered, text = line.split()
                    if int(protocol) > pickle.HIGHEST_PROTOCOL:
                        continue
                    data = binascii.unhexlify(text)
                    value, expected = pickle.loads(data), makers[int(index)]()
                    # Python 2 has its own type for text that is ASCII.
                    if two and type(expected) is unicode and expected == u"":
                        expected = ""
                    if not same(value, expected):
                        print("%s, protocol %s: %r" % (index, protocol, value))
                    if protocol == "3" and ordered == "1" and pickle.dumps(expected, 3) != data:
                        print("%s: %r but %r" % (index, pickle.dumps(expected, 3)[:200], data[:200]))
                    checked += 1
                print(checked)
                """, file);
            int written = Corpus.Entries.Count(static x => !x.IsReadOnly);
            Assert.True(printed == $"{written}" || printed == $"{2 * written}", printed);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Pythons))]
    public async Task Cycles_and_shared_objects_are_the_same_on_both_sides(string python)
    {
        List<object?> cycle = [1];
        PythonTuple tuple = new(cycle, 2);
        cycle.Add(tuple);
        cycle.Add(cycle);
        Dictionary<object, object?> self = Corpus.Dict(("list", cycle));
        self["self"] = self;
        string text = new('s', 10);
        List<object?> root = [cycle, cycle, tuple, self, text, text, new PythonTuple(cycle, 1, 2, tuple)];

        string printed = await Support.Pythons.RunAsync(python, """
            import binascii, pickle, sys
            for text in sys.argv[1:]:
                if bytearray(binascii.unhexlify(text))[1] > pickle.HIGHEST_PROTOCOL:
                    continue
                a, b, t, d, s1, s2, last = pickle.loads(binascii.unhexlify(text))
                assert a is b and a[1] is t and t[0] is a and a[2] is a and t[1] == 2
                assert d["self"] is d and d["list"] is a and s1 is s2 and s1 == "s" * 10
                assert last[0] is a and last[3] is t
            import pickle
            l = [1]; t = (l, 2); q = (l, 1, 2, t); l.append(t); l.append(l); l.append(q)
            d = {"list": l}; d["self"] = d
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                print(binascii.hexlify(pickle.dumps([l, l, t, d, q], protocol)).decode())
            """, Shape.Hex(PythonPickle.Dumps(root, 2)), Shape.Hex(PythonPickle.Dumps(root, 3)));

        foreach (string line in printed.Split('\n'))
        {
            List<object?> read = Assert.IsType<List<object?>>(PythonPickle.Loads(Convert.FromHexString(line)));
            List<object?> list = Assert.IsType<List<object?>>(read[0]);
            Assert.Same(list, read[1]);
            Assert.Same(list[1], read[2]);
            Assert.Same(list, list[2]);
            Assert.Same(list, Assert.IsType<PythonTuple>(read[2])[0]);
            Dictionary<object, object?> dict = Assert.IsType<Dictionary<object, object?>>(read[3]);
            Assert.Same(dict, dict["self"]);
            Assert.Same(list, dict["list"]);
            Assert.Same(read[2], Assert.IsType<PythonTuple>(read[4])[3]);
        }
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Pythons))]
    public async Task What_is_no_basic_type_is_refused_by_its_name(string python)
    {
        string printed = await Support.Pythons.RunAsync(python, """
            import binascii, collections, datetime, decimal, pickle
            class Thing(object):
                def __init__(self): self.x = 1
            class Old:
                pass
            values = [("OrderedDict", collections.OrderedDict(a=1)), ("datetime", datetime.datetime(2020, 1, 1)), ("Decimal", decimal.Decimal("1.5")),
                      ("complex", 1j), ("Thing", Thing()), ("Thing", Thing), ("Old", Old()), ("len", len), ("ValueError", ValueError("x")), ("float", float), ("eval", eval)]
            for name, value in values:
                for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                    print("%s %s" % (name, binascii.hexlify(pickle.dumps([1, value], protocol)).decode()))
            """);

        foreach (string line in printed.Split('\n'))
        {
            string[] parts = line.Split(' ');
            PickleException refusal = Assert.Throws<PickleException>(() => PythonPickle.Loads(Convert.FromHexString(parts[1])));
            Assert.Contains("only basic types", refusal.Message, StringComparison.Ordinal);
            Assert.True(
                refusal.Message.Contains($".{parts[0]}", StringComparison.Ordinal) || refusal.Message.Contains("copy_reg._reconstructor", StringComparison.Ordinal)
                || refusal.Message.Contains("copyreg._reconstructor", StringComparison.Ordinal),
                $"{parts[0]}: {refusal.Message}");
        }
    }
}
