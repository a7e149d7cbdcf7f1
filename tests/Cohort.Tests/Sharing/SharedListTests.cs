using Cohort.Sharing;
using Cohort.Tests.Serializing;

namespace Cohort.Tests.Sharing;

/// <summary>Lists in shared memory, by themselves.</summary>
public sealed class SharedListTests : IDisposable
{
    private const int LongestText = 9_999_991;

    private readonly string _name = SharedNames.New();
    private readonly Leaks _before = Leaks.Snapshot();

    /// <summary>An item as text that tells types apart, for comparison.</summary>
    public static string Shown(object? item) => item switch
    {
        null => "null",

        // An array of zeros comes back empty: final zeros are lost.
        byte[] bytes => $"bytes {Convert.ToHexString(bytes.AsSpan().TrimEnd((byte)0))}",
        _ => FormattableString.Invariant($"{item.GetType().Name} {item}"),
    };

    public void Dispose()
    {
        File.Delete(SharedNames.PathOf(_name));
        Leaks.AssertNone(_before);
    }

    [Fact]
    public void Create_TakesEveryKindOfItemAndGivesItBack()
    {
        object?[] items = [1L, -1L, long.MaxValue, 0.1, double.NegativeInfinity, true, false, "text", "", "ünï€😀", (byte[])[0, 1, 0, 255], null];
        using SharedList list = SharedList.Create(items, _name);

        Assert.Equal(items, list);
        Assert.Equal(items.Length, list.Count);
        Assert.Equal(_name, list.Name);
        Assert.Equal("text", list[7]);
        Assert.Null(list[^1]);
    }

    [Fact]
    public void Create_WidensNumbers()
    {
        object?[] items = [(sbyte)-1, (byte)2, (short)-3, (ushort)4, -5, 6u, 7ul, 1.5f];
        using SharedList list = SharedList.Create(items, _name);

        Assert.Equal([-1L, 2L, -3L, 4L, -5L, 6L, 7L, 1.5], list);
    }

    [Fact]
    public void Create_WhatCannotBeAnItem_ThrowsAndLeavesNothing()
    {
        Assert.Throws<ArgumentException>(() => SharedList.Create([1, 'c'], _name));
        Assert.Throws<ArgumentException>(() => SharedList.Create([1m], _name));
        Assert.Throws<ArgumentException>(() => SharedList.Create([new object()], _name));
        Assert.Throws<ArgumentOutOfRangeException>(() => SharedList.Create([ulong.MaxValue], _name));
        Assert.ThrowsAny<ArgumentException>(() => SharedList.Create(["half \ud800 pair"], _name));
        Assert.Throws<ArgumentException>(() => SharedList.Create([new string('x', LongestText + 1)], _name));
        Assert.Throws<ArgumentException>(() => SharedList.Create([], "a/b"));
        Assert.Throws<ArgumentNullException>(() => SharedList.Create(null!, _name));
        Assert.False(SharedNames.Exists(_name));
    }

    [Fact]
    public void Create_LongestText_Fits()
    {
        using SharedList list = SharedList.Create([new string('x', LongestText)], _name);

        Assert.Equal("9999992s", list.Format);
        Assert.Equal(LongestText, ((string)list[0]!).Length);
    }

    [Fact]
    public void Create_Empty_IsAnEmptyList()
    {
        using SharedList list = SharedList.Create([], _name);
        using SharedList opened = SharedList.Open(_name);

        Assert.Equal((0, "", -1, 0), (opened.Count, opened.Format, opened.IndexOf(1), opened.CountOf(1)));
        Assert.Empty(opened);
        Assert.Throws<ArgumentOutOfRangeException>(() => opened[0]);
    }

    [Fact]
    public void Open_SeesWhatTheOtherReplaces()
    {
        using SharedList list = SharedList.Create(["first", 2], _name);
        using SharedList opened = SharedList.Open(_name);

        opened[0] = "1st";
        list[1] = 2.5;

        Assert.Equal(["1st", 2.5], list);
        Assert.Equal(["1st", 2.5], opened);
    }

    [Fact]
    public void Items_change_their_type_as_long_as_they_fit()
    {
        using SharedList list = SharedList.Create([1, "fifteen letters", null], _name);
        Assert.Equal("q16sxxxxxx?x", list.Format);

        list[0] = "8 letter";
        list[1] = true;
        list[2] = -0.0;
        Assert.Equal(["8 letter", true, -0.0], list);
        Assert.Equal("8sxxxxxxx?d", list.Format);

        list[1] = new string('x', 16);
        list[0] = null;
        list[2] = (byte[])[1];
        Assert.Equal([null, new string('x', 16), (byte[])[1]], list);
    }

    [Fact]
    public void What_does_not_fit_is_refused_and_changes_nothing()
    {
        using SharedList list = SharedList.Create([1, "seven77", 3], _name);
        byte[] before = list.Memory.Span.ToArray();

        ArgumentException fault = Assert.Throws<ArgumentException>(() => list[0] = "nine bytes");
        Assert.Throws<ArgumentException>(() => list[1] = "ééééé");
        Assert.Throws<ArgumentException>(() => list[1] = new byte[9]);
        Assert.Throws<ArgumentException>(() => list[1] = 'c');
        Assert.Throws<ArgumentOutOfRangeException>(() => list[1] = ulong.MaxValue);

        Assert.Contains("item 0, which has 8 bytes", fault.Message, StringComparison.Ordinal);
        Assert.Equal(before, list.Memory.Span.ToArray());
    }

    [Fact]
    public void An_index_outside_is_refused()
    {
        using SharedList list = SharedList.Create([1, 2], _name);

        Assert.Throws<ArgumentOutOfRangeException>(() => list[2]);
        Assert.Throws<ArgumentOutOfRangeException>(() => list[-1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => list[2] = 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => list[-1] = 1);
    }

    [Fact]
    public void Final_zeros_are_lost()
    {
        using SharedList list = SharedList.Create(["text\0\0", (byte[])[1, 0, 2, 0], new byte[3]], _name);

        Assert.Equal(["text", (byte[])[1, 0, 2], Array.Empty<byte>()], list);
        Assert.Equal((0, 1), (list.IndexOf("text\0"), list.CountOf(new byte[100])));
    }

    [Fact]
    public void IndexOf_and_CountOf_compare_types_and_content()
    {
        using SharedList list = SharedList.Create([1, 1.0, true, "1", (byte[])[49], null, 1L, double.NaN, 0.0], _name);

        Assert.Equal([0, 1, 2, 3, 4, 5, 7, 8], new object?[] { 1, 1.0, true, "1", (byte[])[49], null, double.NaN, -0.0 }.Select(list.IndexOf));
        Assert.Equal([2, 1, 1, 0], new object?[] { (short)1, 1f, true, false }.Select(list.CountOf));
        Assert.Equal(-1, list.IndexOf("none"));
        Assert.Throws<ArgumentException>(() => list.IndexOf('1'));
    }

    [Fact]
    public async Task Nothing_works_after_Dispose_but_Unlink()
    {
        SharedList list = SharedList.Create([1], _name);
        list.Dispose();
        await list.DisposeAsync();

        Assert.Throws<ObjectDisposedException>(() => list[0]);
        Assert.Throws<ObjectDisposedException>(() => list[0] = 2);
        Assert.Throws<ObjectDisposedException>(() => list.Format);
        Assert.Throws<ObjectDisposedException>(() => list.IndexOf(1));
        Assert.Throws<ObjectDisposedException>(() => list.CountOf(1));
        Assert.Throws<ObjectDisposedException>(() => list.First());
        Assert.Equal((1, _name), (list.Count, list.Name));
        list.Unlink();
        Assert.Throws<FileNotFoundException>(list.Unlink);
    }

    [Fact]
    public async Task A_list_travels_to_workers()
    {
        using SharedList list = SharedList.Create(["to do", 0], _name);
        await using ProcessPool pool = new(workers: 1);

        await pool.ApplyAsync(static received => { received[1] = (long)received[1]! + 5; received[0] = "done"; }, list).Watched();

        Assert.Equal(["done", 5L], list);
        using SharedList copy = RoundTrip.Boxed(list);
        Assert.Equal(["done", 5L], copy);
    }

    [Fact]
    public void Memory_that_holds_no_list_is_refused()
    {
        Random random = new(1);
        byte[] bytes = new byte[200];
        foreach (int length in (int[])[1, 7, 8, 24, 25, 33, 200])
        {
            // All bits set, one item that is not there, sizes that wrap around, and noise.
            AssertRefused(Enumerable.Repeat((byte)255, length));
            AssertRefused([.. BitConverter.GetBytes((long)length), .. new byte[length]]);
            AssertRefused([.. BitConverter.GetBytes(2L), .. BitConverter.GetBytes(0L), .. BitConverter.GetBytes(long.MaxValue), .. BitConverter.GetBytes(8L), .. new byte[length]]);
            AssertRefused([.. BitConverter.GetBytes(1L), .. BitConverter.GetBytes(long.MinValue), .. new byte[length]]);
            random.NextBytes(bytes);
            AssertRefused([.. BitConverter.GetBytes(3L), .. bytes[..length]]);
        }

        Assert.Throws<FileNotFoundException>(() => SharedList.Open(_name));
    }

    [Fact]
    public void Items_that_another_process_spoils_are_refused_and_nothing_else_is()
    {
        using SharedList list = SharedList.Create([1, "text"], _name);
        Span<byte> format = list.Memory.GetSpan(32 + 16, 8);
        foreach (string spoiled in (string[])["999999s", "-1s", "s", "x", "", "qq", "1 s", "8ss", "????????"])
        {
            format.Clear();
            System.Text.Encoding.ASCII.GetBytes(spoiled, format);

            Assert.Throws<InvalidDataException>(() => list[0]);
        }

        Assert.Equal("text", list[1]);
        list[0] = 5;
        Assert.Equal(5L, list[0]);
    }

    private void AssertRefused(IEnumerable<byte> content)
    {
        byte[] bytes = [.. content];
        using SharedMemory memory = SharedMemory.Create(bytes.Length, _name);
        bytes.CopyTo(memory.Span);
        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => SharedList.Open(_name));
        Assert.Contains(_name, fault.Message, StringComparison.Ordinal);
        memory.Unlink();
    }
}
