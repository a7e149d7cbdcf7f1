using System.Buffers;
using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using Cohort.Serializing;

namespace Cohort.Tests.Serializing;

/// <summary>What is large is referred to, not copied into the writer's buffer, wherever it stands.</summary>
public sealed class LargePartTests
{
    /// <summary>A message's own bytes: names, lengths and the like.</summary>
    private const int FewBytes = 1500;
    private const int Count = 70_000;

    public static TheoryData<string> Names { get; } = [.. Values().Select(static pair => pair.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Large_parts_stay_out_of_the_buffer_and_arrive_whole(string name)
    {
        object value = Values().First(pair => pair.Name == name).Make();
        PickleWriter writer = new() { GoesToSharedMemory = true };
        Pickle.Write(writer, value);
        Assert.InRange(writer.OwnLength, 1, FewBytes);
        Assert.True(writer.TotalLength > Count, "it is large");
        object back = Pickle.Loads<object>(writer.ToArray());
        Assert.Equal(Text(value), Text(back));
    }

    [Fact]
    public unsafe void A_message_is_gathered_into_native_memory()
    {
        PickleWriter writer = new();
        Pickle.Write(writer, new object[] { "small", new byte[Count], "between", new double[Count] });
        byte[] gathered = new byte[writer.TotalLength];
        fixed (byte* start = gathered)
        {
            writer.CopyTo(start);
        }

        Assert.Equal(writer.ToArray(), gathered);
    }

    [Fact]
    public unsafe void A_list_of_more_bytes_than_a_span_can_have_is_read()
    {
        const int Items = (int.MaxValue / sizeof(long)) + 1000;
        Assert.SkipWhen(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes < 9L << 30, "needs 9 GiB of memory");
        PickleWriter writer = new();
        writer.WriteByte(SlotTag.Exact);
        writer.WriteVar(Items);
        byte[] start = writer.ToArray();
        nuint length = (nuint)start.Length + ((nuint)Items * sizeof(long));
        byte* message = (byte*)NativeMemory.AllocZeroed(length);
        try
        {
            start.CopyTo(new Span<byte>(message, start.Length));
            message[length - sizeof(long)] = 7;
            PickleReader reader = new();
            reader.Reset(message, (long)length);
            List<long> list = Pickle.Read<List<long>>(reader);
            reader.EnsureAtEnd();
            Assert.Equal((Items, 0, 7), (list.Count, list[^2], list[^1]));
        }
        finally
        {
            NativeMemory.Free(message);
        }
    }

    [Fact]
    public void An_array_of_more_elements_than_can_be_read_is_refused_by_name()
    {
        Assert.SkipWhen(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes < 9L << 30, "needs 9 GiB of memory");
        string refusal = RoundTrip.RefusalOf(new byte[50_000, 50_000]);
        Assert.Equal("value: byte[,] has 2500000000 elements, more than the 2147483591 that can be sent", refusal);
    }

    [Fact]
    public void A_part_of_an_array_goes_without_the_rest()
    {
        int[] all = [.. Enumerable.Range(0, Count)];
        PickleWriter writer = new();
        Pickle.Write(writer, all.AsMemory(1000, 50_000));
        Assert.InRange(writer.TotalLength, 200_000, 200_000 + FewBytes);
        Assert.True(MemoryMarshal.AsBytes(all.AsSpan(1000, 50_000)) == writer.GetSegment(1));
        Assert.True(all.AsSpan(1000, 50_000).SequenceEqual(Pickle.Loads<Memory<int>>(writer.Written).Span));
    }

    [Fact]
    public void Memory_of_somebody_else_is_copied_before_it_can_go_away()
    {
        using Pages pages = new(Count);
        PickleWriter writer = new();
        Pickle.Write(writer, pages.Memory);
        pages.Memory.Span.Clear();
        Assert.Equal(7, Pickle.Loads<Memory<byte>>(writer.Written).Span[Count - 1]);
        Assert.Equal("some text", new string(Pickle.Loads<ReadOnlyMemory<char>>(Pickle.Dumps("some text".AsMemory())).Span));
        Assert.Equal(0, Pickle.Loads<Memory<int>>(Pickle.Dumps(Memory<int>.Empty)).Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Long_strings_of_ASCII_take_half_the_room_where_room_is_dear(bool goesToSharedMemory)
    {
        string text = new('x', Count);
        PickleWriter writer = new() { GoesToSharedMemory = goesToSharedMemory };
        Pickle.Write(writer, (text, text));
        Assert.InRange(writer.TotalLength, goesToSharedMemory ? 2 * Count : Count, (goesToSharedMemory ? 2 * Count : Count) + 20);
        (string first, string second) = Pickle.Loads<(string, string)>(writer.Written);
        Assert.Equal(text, first);
        Assert.Same(first, second);
    }

    private static IEnumerable<(string Name, Func<object> Make)> Values()
    {
        int[] numbers = [.. Enumerable.Range(0, Count)];
        yield return ("bytes", () => Array.ConvertAll(numbers, static n => (byte)n).Concat(new byte[Count]).ToArray());
        yield return ("bools", () => Array.ConvertAll(numbers, static n => n % 3 == 0).Concat(new bool[1]).ToArray());
        yield return ("chars", () => Array.ConvertAll(numbers, static n => (char)n));
        yield return ("shorts", () => Array.ConvertAll(numbers, static n => (short)n));
        yield return ("ints", () => numbers);
        yield return ("longs", () => Array.ConvertAll(numbers, static n => (long)n));
        yield return ("halves", () => Array.ConvertAll(numbers, static n => (Half)n));
        yield return ("floats", () => Array.ConvertAll(numbers, static n => (float)n));
        yield return ("doubles", () => Array.ConvertAll(numbers, static n => (double)n));
        yield return ("decimals", () => Array.ConvertAll(numbers, static n => (decimal)n));
        yield return ("big integers of 128 bits", () => Array.ConvertAll(numbers, static n => (Int128)n));
        yield return ("guids", () => Array.ConvertAll(numbers, static n => new Guid(n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)));
        yield return ("times", () => Array.ConvertAll(numbers, static n => TimeSpan.FromTicks(n)));
        yield return ("enums", () => Array.ConvertAll(numbers, static n => (DayOfWeek)(n % 7)));
        yield return ("complex numbers", () => Array.ConvertAll(numbers, static n => new Complex(n, 1)));
        yield return ("pairs", () => Array.ConvertAll(numbers, static n => (n, (long)n)));
        yield return ("own structs", () => Array.ConvertAll(numbers, static n => new Point(n, -n)));
        yield return ("nested arrays", () => new[] { numbers, numbers[1..] });
        yield return ("rectangular array", () => new double[300, 400]);
        yield return ("memory", () => new Memory<int>(numbers, 5, Count - 10));
        yield return ("read-only memory", () => new ReadOnlyMemory<long>(new long[Count]));
        yield return ("segment", () => new ArraySegment<int>(numbers, 1, 5));
        yield return ("list", () => numbers.ToList());
        yield return ("immutable array", () => ImmutableArray.Create(numbers));
        yield return ("stream", () => new MemoryStream(new byte[2 * Count]));
        yield return ("narrow string", () => new string('a', Count));
        yield return ("wide string", () => new string('ä', Count));
        yield return ("inside objects", () => new Holder { Name = "h", Data = numbers, Inner = new Holder { Text = new string('b', Count) } });
        yield return ("inside a dictionary", () => new Dictionary<string, int[]> { ["a"] = numbers, ["b"] = numbers[2..] });
    }

    /// <summary>What can be compared of a value, whatever it is.</summary>
    private static string Text(object value) => value switch
    {
        string text => text,
        MemoryStream stream => Convert.ToHexString(stream.ToArray()),
        Memory<int> memory => Text(memory.ToArray()),
        ReadOnlyMemory<long> memory => Text(memory.ToArray()),
        Holder holder => $"{holder.Name} {Text(holder.Data)} {holder.Text} {(holder.Inner is null ? "" : Text(holder.Inner))}",
        Dictionary<string, int[]> entries => string.Join('|', entries.Select(static entry => $"{entry.Key}: {Text(entry.Value)}")),
        System.Collections.IEnumerable items => string.Join(' ', items.Cast<object>().Select(static item => item is Array inner ? Text(inner) : $"{item}")),
        _ => throw new NotSupportedException($"{value.GetType()}"),
    };

    internal readonly record struct Point(int X, double Y);

    internal sealed class Holder
    {
        public string Name { get; set; } = "";

        public int[] Data { get; set; } = [];

        public string? Text { get; set; }

        public Holder? Inner { get; set; }
    }

    /// <summary>Memory that is no array's.</summary>
    private sealed unsafe class Pages : MemoryManager<byte>
    {
        private readonly byte* _start;
        private readonly int _length;

        public Pages(int length)
        {
            _length = length;
            _start = (byte*)NativeMemory.Alloc((nuint)length);
            GetSpan().Fill(7);
        }

        public override Span<byte> GetSpan() => new(_start, _length);

        public override MemoryHandle Pin(int elementIndex = 0) => new(_start + elementIndex);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing) => NativeMemory.Free(_start);
    }
}
