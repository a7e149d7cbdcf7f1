using System.Globalization;
using Cohort.Sharing;

namespace Cohort.Tests.Sharing;

/// <summary>Shared memory and lists between this library and every Python that the machine has, both ways.</summary>
public sealed class PythonSharedMemoryTests : IDisposable
{
    private const int Limit = 120_000;

    /// <summary>One item of each kind, texts of every fit, and what both sides change.</summary>
    private static readonly object?[] s_items =
        [1L, 2.5, true, false, "héllo", (byte[])[97, 98], null, -7L, new string('x', 8), "", long.MinValue, double.PositiveInfinity, new byte[24]];

    private const string PythonItems =
        "[1, 2.5, True, False, 'h\\xe9llo', b'ab', None, -7, 'x' * 8, '', -2**63, float('inf'), bytes(24)]";

    private readonly string _name = SharedNames.New();
    private readonly Leaks _before = Leaks.Snapshot();

    public static TheoryData<string?> Pythons => PythonInterpreter.All;

    public void Dispose()
    {
        File.Delete(SharedNames.PathOf(_name));
        Leaks.AssertNone(_before);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Pythons))]
    public async Task Python_opens_by_name_what_is_made_here(string? python)
    {
        using SharedMemory memory = SharedMemory.Create(5001, _name);
        Span<byte> bytes = memory.Span;
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(i * 7);
        }

        string printed = await PythonInterpreter.RunAsync(python, """
            memory = untracked(SharedMemory(name=sys.argv[1]))
            right = bytes(memory.buf) == bytes(i * 7 % 256 for i in range(5001))
            memory.buf[5000] = 200
            print(memory.size, memory.name == sys.argv[1], right)
            memory.close()
            """, _name);

        Assert.Equal("5001 True True", printed);
        Assert.Equal(200, memory.Span[5000]);
        Assert.True(SharedNames.Exists(_name));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Pythons))]
    public async Task What_Python_makes_is_opened_here_by_name(string? python)
    {
        string printed = await PythonInterpreter.RunAsync(python, """
            memory = untracked(SharedMemory(create=True, size=10))
            memory.buf[:] = bytes(range(10))
            print(memory.name)
            memory.close()
            """);

        using (SharedMemory memory = SharedMemory.Open(printed))
        {
            Assert.StartsWith("psm_", memory.Name, StringComparison.Ordinal);
            Assert.Equal(10, memory.Size);
            Assert.Equal(Enumerable.Range(0, 10).Select(static i => (byte)i), memory.Span.ToArray());
            memory.Span.Fill(9);
        }

        string again = await PythonInterpreter.RunAsync(python, """
            memory = SharedMemory(name=sys.argv[1])
            print(bytes(memory.buf) == bytes([9] * 10))
            memory.close()
            memory.unlink()
            """, printed);

        Assert.Equal("True", again);
        Assert.False(SharedNames.Exists(printed));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Pythons))]
    public async Task Typed_arrays_are_the_same_on_both_sides(string? python)
    {
        using SharedMemory memory = SharedMemory.Create(1000 * sizeof(double), _name);
        Span<double> numbers = memory.AsSpan<double>();
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = i / 3.0;
        }

        string printed = await PythonInterpreter.RunAsync(python, """
            memory = untracked(SharedMemory(name=sys.argv[1]))
            numbers = memory.buf.cast("d")
            print(len(numbers), all(n == i / 3.0 for i, n in enumerate(numbers)))
            for i in range(len(numbers)):
                numbers[i] *= -2
            numbers.release()
            memory.close()
            """, _name);

        Assert.Equal("1000 True", printed);
        Assert.Equal(Enumerable.Range(0, 1000).Select(static i => i / 3.0 * -2), memory.AsSpan<double>().ToArray());
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Pythons))]
    public async Task A_name_that_is_taken_here_is_taken_there(string? python)
    {
        using SharedMemory memory = SharedMemory.Create(10, _name, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        string printed = await PythonInterpreter.RunAsync(python, """
            try:
                SharedMemory(name=sys.argv[1], create=True, size=10)
            except FileExistsError:
                print("taken")
            """, _name);

        Assert.Equal("taken", printed);
    }

    /// <summary>What the page about shared memory warns of: it would be found out here if Python changed it.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Pythons))]
    public async Task An_attaching_Python_unlinks_at_its_end_unless_told_not_to(string? python)
    {
        using SharedMemory memory = SharedMemory.Create(10, _name);
        string printed = await PythonInterpreter.RunAsync(python, """
            if sys.version_info >= (3, 13):
                SharedMemory(name=sys.argv[1], track=False).close()
            else:
                SharedMemory(name=sys.argv[1]).close()
                # Python's tracker is a process of its own, which unlinks when this pipe is closed.
                tracker = resource_tracker._resource_tracker
                os.close(tracker._fd)
                os.waitpid(tracker._pid, 0)
            print(sys.version_info[1])
            """, _name);

        // The tracker has warned before, of what it calls a leak.
        int version = int.Parse(printed.Split('\n')[^1], CultureInfo.InvariantCulture);
        Assert.Equal(version >= 13, SharedNames.Exists(_name));
        memory.Span[0] = 1;
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Pythons))]
    public async Task A_list_that_Python_makes_is_the_same_here(string? python)
    {
        string name = await PythonInterpreter.RunAsync(python, $"""
            items = untracked(ShareableList({PythonItems}))
            print(items.shm.name)
            items.shm.close()
            """);

        using SharedList list = SharedList.Open(name);
        list.Unlink();

        Assert.Equal(s_items.Select(SharedListTests.Shown), list.Select(SharedListTests.Shown));
        Assert.Equal("qdxxxxxxx?xxxxxxx?8s8sxxxxxx?xq16s8sqd32s", list.Format);
        Assert.Equal((2, 9), (list.IndexOf(true), list.IndexOf("")));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Pythons))]
    public async Task A_list_that_is_made_here_has_the_bytes_of_Pythons(string? python)
    {
        using SharedList list = SharedList.Create(s_items, _name);

        string hex = await PythonInterpreter.RunAsync(python, $"""
            if sys.version_info < (3, 9):
                print("other")
                sys.exit()
            items = ShareableList({PythonItems})
            print(bytes(items.shm.buf).hex())
            items.shm.close()
            items.shm.unlink()
            """);

        Assert.SkipWhen(hex == "other", "Python 3.8 has another layout");
        Assert.Equal(hex, Convert.ToHexStringLower(list.Memory.Span));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Pythons))]
    public async Task Items_are_replaced_from_both_sides(string? python)
    {
        string name = await PythonInterpreter.RunAsync(python, """
            items = untracked(ShareableList([0, "sixteen letters!", b"bytes", None, 1.5]))
            print(items.shm.name)
            items.shm.close()
            """);
        using SharedList list = SharedList.Open(name);
        list[0] = "eight 88";
        list[1] = 12;
        list[2] = "é";
        list[3] = (byte[])[1, 2, 3];
        list[4] = null;

        string printed = await PythonInterpreter.RunAsync(python, """
            items = untracked(ShareableList(name=sys.argv[1]))
            print(list(items) == ["eight 88", 12, "\xe9", b"\1\2\3", None], items.format)
            items[0] = -1
            items[1] = "this needs two slots"
            items[2] = True
            items[3] = ""
            items[4] = b"12345678"
            items.shm.close()
            """, name);
        list.Unlink();

        Assert.Equal("True 8sq8s8sxxxxxx?x", printed);
        Assert.Equal([-1L, "this needs two slots", true, "", "12345678"u8.ToArray()], list);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Pythons))]
    public async Task Bytes_are_the_same_after_the_same_replacements(string? python)
    {
        string hex = await PythonInterpreter.RunAsync(python, """
            if sys.version_info < (3, 9):
                print("other")
                sys.exit()
            items = ShareableList([0, "sixteen letters!", b"bytes", None, 1.5, "abc"])
            items[0] = "eight 88"
            items[1] = 12
            items[2] = "yes"
            items[3] = False
            items[4] = None
            items[5] = b"d"
            print(bytes(items.shm.buf).hex())
            items.shm.close()
            items.shm.unlink()
            """);
        Assert.SkipWhen(hex == "other", "Python 3.8 has another layout");
        using SharedList list = SharedList.Create([0, "sixteen letters!", "bytes"u8.ToArray(), null, 1.5, "abc"], _name);

        list[0] = "eight 88";
        list[1] = 12;
        list[2] = "yes";
        list[3] = false;
        list[4] = null;
        list[5] = "d"u8.ToArray();

        Assert.Equal(hex, Convert.ToHexStringLower(list.Memory.Span));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Pythons))]
    public async Task Text_that_is_not_ASCII_is_whole_here_and_there(string? python)
    {
        using SharedList list = SharedList.Create([new string('é', 20), "€😀"], _name);
        string printed = await PythonInterpreter.RunAsync(python, """
            if sys.version_info < (3, 9):
                print("other")
                sys.exit()
            items = untracked(ShareableList(name=sys.argv[1]))
            print(list(items) == ["\xe9" * 20, "\u20ac\U0001f600"], items.count("\u20ac\U0001f600"))
            items.shm.close()
            """, _name);
        Assert.SkipWhen(printed == "other", "Python 3.8 has another layout");
        Assert.Equal("True 1", printed);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Pythons))]
    public async Task Text_that_Python_cuts_in_the_middle_of_a_character_is_a_clear_fault(string? python)
    {
        string name = await PythonInterpreter.RunAsync(python, """
            items = untracked(ShareableList(["\u20ac" * 8, 5]))
            print(items.shm.name)
            items.shm.close()
            """);
        using SharedList list = SharedList.Open(name);
        list.Unlink();

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => list[0]);

        Assert.Contains("UTF-8", fault.Message, StringComparison.Ordinal);
        Assert.Equal(5L, list[1]);
        list[0] = "fine";
        Assert.Equal("fine", list[0]);
    }
}
