using System.Runtime.InteropServices;
using Cohort.Serializing;

namespace Cohort.Tests.Serializing;

public sealed class WriterTests
{
    [Fact]
    public void Large_arrays_are_segments_of_their_own_memory()
    {
        double[] large = new double[100_000];
        large[99_999] = 5;
        PickleWriter writer = new();
        Pickle.Write(writer, ("before", large, "after"));
        Assert.Equal(3, writer.SegmentCount);
        Assert.True(MemoryMarshal.AsBytes(large.AsSpan()) == writer.GetSegment(1));
        byte[] gathered = new byte[writer.TotalLength];
        writer.CopyTo(gathered);
        Assert.True(writer.Written.SequenceEqual(gathered));
        (string before, double[] copy, string after) = Pickle.Loads<(string, double[], string)>(gathered);
        Assert.Equal(("before", "after"), (before, after));
        Assert.Equal(large, copy);
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.GetSegment(3).Length);
    }

    [Fact]
    public void A_message_in_a_message_is_not_gathered()
    {
        double[] large = new double[100_000];
        large[99_999] = 5;
        PickleWriter inner = new();
        PickleWriter outer = new();
        foreach (string name in (string[])["first", "second"])
        {
            inner.Reset();
            Pickle.Write(inner, (name, large));
            outer.WriteMessage(inner);
        }

        Assert.Equal(5, outer.SegmentCount);
        Assert.True(MemoryMarshal.AsBytes(large.AsSpan()) == outer.GetSegment(1));
        Assert.True(MemoryMarshal.AsBytes(large.AsSpan()) == outer.GetSegment(3));
        PickleReader reader = new();
        reader.Reset(outer.ToArray());
        foreach (string expected in (string[])["first", "second"])
        {
            (string name, double[] copy) = Pickle.Loads<(string, double[])>(reader.ReadBytesInPlace());
            Assert.Equal(expected, name);
            Assert.Equal(large, copy);
        }

        reader.EnsureAtEnd();
    }

    [Fact]
    public void A_reset_writer_makes_self_contained_messages()
    {
        PickleWriter writer = new();
        PickleReader reader = new();
        List<object> value = [new Version(1, 2), new string('x', 500), new byte[100_000]];
        byte[]? first = null;
        for (int i = 0; i < 4; i++)
        {
            Pickle.Write(writer, value);
            byte[] message = writer.ToArray();
            first ??= message;
            Assert.Equal(first, message);
            reader.Reset(message);
            Assert.Equal(new Version(1, 2), Pickle.Read<List<object>>(reader)[0]);
            writer.Reset();
            Assert.Equal(0, writer.TotalLength);
        }
    }

    [Fact]
    public void Several_slots_of_one_message_share_their_objects()
    {
        Version shared = new(1, 2);
        PickleWriter writer = new();
        Pickle.Write(writer, shared);
        Pickle.Write(writer, 5);
        Pickle.Write<object>(writer, shared);
        PickleReader reader = new();
        reader.Reset(writer.Written.ToArray());
        Version first = Pickle.Read<Version>(reader);
        Assert.Equal(5, Pickle.Read<int>(reader));
        Assert.Same(first, Pickle.Read<object>(reader));
        reader.EnsureAtEnd();
    }

    [Fact]
    public void A_writer_is_usable_again_after_a_failure_and_a_reset()
    {
        PickleWriter writer = new();
        Assert.Throws<PickleException>(() => Pickle.Write(writer, new object[] { "x", Task.CompletedTask }));
        writer.Reset();
        Pickle.Write(writer, new[] { "y" });
        Assert.Equal(["y"], Pickle.Loads<string[]>(writer.Written));
        Assert.Throws<PickleException>(() => Pickle.Dumps(Task.CompletedTask));
        Assert.Equal(["z"], RoundTrip.Of(new[] { "z" }));
    }

    [Fact]
    public void Spans_are_written_without_their_length()
    {
        PickleWriter writer = new();
        Pickle.WriteSpan<int>(writer, [1, 2, 3]);
        Assert.Equal(12, writer.TotalLength);
        Pickle.WriteSpan<string>(writer, ["a", "b"]);
        PickleReader reader = new();
        reader.Reset(writer.Written.ToArray());
        int[] numbers = new int[3];
        string[] words = new string[2];
        Pickle.ReadSpan<int>(reader, numbers);
        Pickle.ReadSpan<string>(reader, words);
        Assert.Equal([1, 2, 3], numbers);
        Assert.Equal(["a", "b"], words);
        Assert.Throws<PickleException>(() => Pickle.ReadSpan<int>(reader, numbers));
    }

    [Fact]
    public unsafe void A_reader_reads_native_memory()
    {
        byte[] message = Pickle.Dumps(new List<string> { "native" });
        byte* memory = (byte*)NativeMemory.Alloc((nuint)message.Length);
        message.CopyTo(new Span<byte>(memory, message.Length));
        PickleReader reader = new();
        reader.Reset(memory, message.Length);
        List<string> copy = Pickle.Read<List<string>>(reader);
        NativeMemory.Free(memory);
        Assert.Equal(["native"], copy);
    }

    [Fact]
    public void Long_strings_are_written_once()
    {
        string text = new('q', 10_000);
        string[] copy = RoundTrip.Of(new[] { text, text });
        Assert.Same(copy[0], copy[1]);
        Assert.True(Pickle.Dumps(new[] { text, text }).Length < 10_100);
    }

    [Fact]
    public void Messages_of_many_objects_leave_no_large_tables_behind()
    {
        PickleWriter writer = new();
        object[] many = [.. Enumerable.Range(0, 100_000).Select(_ => new object())];
        Pickle.Write(writer, many);
        writer.Reset();
        Pickle.Write(writer, new object[] { many[0], many[0], many[1] });
        object[] copy = Pickle.Loads<object[]>(writer.Written);
        Assert.Same(copy[0], copy[1]);
        Assert.NotSame(copy[0], copy[2]);
    }
}
