using System.Buffers;
using System.Runtime.CompilerServices;
using Cohort.Sharing;

namespace Cohort.Tests.Sharing;

/// <summary>Shared memory within one process.</summary>
public sealed class SharedMemoryTests : IDisposable
{
    private readonly string _name = SharedNames.New();
    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose()
    {
        File.Delete(SharedNames.PathOf(_name));
        Leaks.AssertNone(_before);
    }

    [Fact]
    public void Create_WithAName_IsZeroedMemoryOfExactlyThatSize()
    {
        using SharedMemory memory = SharedMemory.Create(5000, _name);

        Assert.Equal((_name, 5000), (memory.Name, memory.Size));
        Assert.Equal(5000, memory.Span.Length);
        Assert.Equal(-1, memory.Span.IndexOfAnyExcept((byte)0));
        Assert.Equal(5000, new FileInfo(SharedNames.PathOf(_name)).Length);
    }

    [Fact]
    public void Open_SeesWhatTheOtherWritesBothWays()
    {
        using SharedMemory made = SharedMemory.Create(512, _name);
        made.Span[0] = 42;
        using SharedMemory opened = SharedMemory.Open(_name);
        Assert.Equal(512, opened.Size);
        Assert.Equal(42, opened.Span[0]);

        opened.Span[1] = 43;
        Assert.Equal(43, made.Span[1]);

        made.Dispose();
        Assert.Equal(43, opened.Span[1]);
        opened.Dispose();
        using SharedMemory again = SharedMemory.Open(_name);
        Assert.Equal(42, again.Span[0]);
    }

    [Fact]
    public void Create_WithoutAName_MakesOneThatNobodyHas()
    {
        using SharedMemory one = SharedMemory.Create(1);
        using SharedMemory other = SharedMemory.Create(1);
        one.Unlink();
        other.Unlink();

        Assert.NotEqual(one.Name, other.Name);
        Assert.DoesNotContain('/', one.Name);
    }

    [Fact]
    public void Create_WhenTheNewNameIsTaken_TriesAnother()
    {
        using SharedMemory taken = SharedMemory.Create(1, _name);
        Queue<string> names = new([_name, _name, _name + "-free"]);

        using SharedMemory made = SharedMemory.Create(
            1, name: null, UnixFileMode.UserRead | UnixFileMode.UserWrite, fill: null, names.Dequeue);
        made.Unlink();

        Assert.Equal(_name + "-free", made.Name);
        Assert.Empty(names);
    }

    [Fact]
    public void Create_WhenTheNameIsTaken_IsAClearFaultAndHarmsNothing()
    {
        using SharedMemory made = SharedMemory.Create(10, _name);
        made.Span[3] = 3;

        IOException fault = Assert.Throws<IOException>(() => SharedMemory.Create(20, _name));

        Assert.Contains(_name, fault.Message, StringComparison.Ordinal);
        Assert.Contains("EEXIST", fault.Message, StringComparison.Ordinal);
        Assert.Equal(Cohort.Interop.Errno.EEXIST, fault.HResult);
        using SharedMemory opened = SharedMemory.Open(_name);
        Assert.Equal(10, opened.Size);
        Assert.Equal(3, opened.Span[3]);
    }

    [Fact]
    public void Open_WhatIsNotThere_IsFileNotFound()
    {
        FileNotFoundException fault = Assert.Throws<FileNotFoundException>(() => SharedMemory.Open(_name));

        Assert.Equal(_name, fault.FileName);
        Assert.Contains(_name, fault.Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => SharedMemory.Unlink(_name));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void Create_SizeThatIsNotPositive_Throws(long size)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => SharedMemory.Create(size, _name));
        Assert.Throws<ArgumentOutOfRangeException>(() => SharedMemory.OpenOrCreate(_name, size));
        Assert.False(SharedNames.Exists(_name));
    }

    [Theory]
    [InlineData(1L << 50)]
    [InlineData(long.MaxValue)]
    public void Create_MoreThanThereIs_IsAnIOException(long size)
    {
        IOException fault = Assert.Throws<IOException>(() => SharedMemory.Create(size, _name));

        Assert.Contains(size.ToString(System.Globalization.CultureInfo.InvariantCulture), fault.Message, StringComparison.Ordinal);
        Assert.False(SharedNames.Exists(_name));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("/")]
    [InlineData("/leading")]
    [InlineData("a/b")]
    [InlineData("nul\0inside")]
    public void A_name_that_cannot_be_one_is_refused(string name)
    {
        Assert.Throws<ArgumentException>("name", () => SharedMemory.Create(1, name));
        Assert.Throws<ArgumentException>("name", () => SharedMemory.Open(name));
        Assert.Throws<ArgumentException>("name", () => SharedMemory.OpenOrCreate(name, 1));
        Assert.Throws<ArgumentException>("name", () => SharedMemory.Unlink(name));
    }

    [Fact]
    public void A_name_that_is_no_text_is_refused()
    {
        Assert.Throws<ArgumentNullException>("name", () => SharedMemory.Open(null!));
        Assert.Throws<ArgumentException>("name", () => SharedMemory.Create(1, $"{_name}\ud800"));
    }

    [Fact]
    public void A_name_may_have_255_bytes_of_any_text()
    {
        // The last three have 2, 3 and 4 bytes, and the last is a surrogate pair.
        string longest = _name.PadRight(246, 'x') + "ü€😀";
        Assert.Equal(255, System.Text.Encoding.UTF8.GetByteCount(longest));

        using SharedMemory made = SharedMemory.Create(1, longest);
        using SharedMemory opened = SharedMemory.Open(longest);
        opened.Unlink();

        Assert.Equal(longest, opened.Name);
        Assert.Throws<ArgumentException>("name", () => SharedMemory.Create(1, longest + "x"));
    }

    [Fact]
    public void Unlink_Twice_IsFileNotFoundAndTheMemoryLivesOn()
    {
        using SharedMemory memory = SharedMemory.Create(10, _name);
        using SharedMemory other = SharedMemory.Open(_name);
        memory.Unlink();

        Assert.False(SharedNames.Exists(_name));
        Assert.Throws<FileNotFoundException>(memory.Unlink);
        Assert.Throws<FileNotFoundException>(other.Unlink);
        Assert.Throws<FileNotFoundException>(() => SharedMemory.Unlink(_name));
        memory.Span[2] = 9;
        Assert.Equal(9, other.Span[2]);
    }

    [Fact]
    public void Unlink_AfterDispose_TakesTheNameAway()
    {
        SharedMemory memory = SharedMemory.Create(10, _name);
        memory.Dispose();
        Assert.True(SharedNames.Exists(_name));

        memory.Unlink();

        Assert.False(SharedNames.Exists(_name));
    }

    [Fact]
    public void Unlink_WhenOtherMemoryHasTheNameNow_LeavesThatAlone()
    {
        using SharedMemory old = SharedMemory.Create(10, _name);
        old.Unlink();
        using SharedMemory young = SharedMemory.Create(10, _name);

        FileNotFoundException fault = Assert.Throws<FileNotFoundException>(old.Unlink);

        Assert.Contains("other memory", fault.Message, StringComparison.Ordinal);
        Assert.True(SharedNames.Exists(_name));
    }

    [Fact]
    public async Task Dispose_CanBeRepeatedAndNothingWorksAfterIt()
    {
        SharedMemory memory = SharedMemory.Create(10, _name);
        ulong inode = memory.Identity.Inode;
        Memory<byte> bytes = memory.Memory;
        memory.Dispose();
        memory.Dispose();
        await memory.DisposeAsync();

        Assert.Throws<ObjectDisposedException>(() => memory.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => memory.GetSpan(0, 1).Length);
        Assert.Throws<ObjectDisposedException>(() => memory.AsSpan<int>().Length);
        Assert.Throws<ObjectDisposedException>(() => memory.Memory);
        Assert.Throws<ObjectDisposedException>(() => bytes.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => bytes.Pin());
        Assert.Equal((_name, 10), (memory.Name, memory.Size));
        Assert.Equal(0, SharedNames.MappingsOf(inode));
    }

    [Fact]
    public void OpenOrCreate_MakesOrOpensWhatIsLargeEnough()
    {
        using SharedMemory made = SharedMemory.OpenOrCreate(_name, 100);
        made.Span[99] = 1;

        using SharedMemory opened = SharedMemory.OpenOrCreate(_name, 50);

        Assert.Equal(100, opened.Size);
        Assert.Equal(1, opened.Span[99]);
        IOException fault = Assert.Throws<IOException>(() => SharedMemory.OpenOrCreate(_name, 101));
        Assert.Contains("100 bytes where at least 101", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenOrCreate_ByManyAtOnce_GivesAllTheSameMemory()
    {
        for (int round = 0; round < 20; round++)
        {
            using Barrier start = new(4);
            SharedMemory[] found = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Watchdog.Run(() =>
            {
                start.SignalAndWait();
                return SharedMemory.OpenOrCreate(_name, 100);
            })));

            Assert.Single(found.Select(static memory => memory.Identity).Distinct());
            found[0].Unlink();
            Array.ForEach(found, static memory => memory.Dispose());
        }
    }

    [Fact]
    public async Task OpenOrCreate_WhileOthersUnlink_NeverFails()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Watchdog.Run(() =>
        {
            for (int round = 0; round < 200; round++)
            {
                using SharedMemory memory = SharedMemory.OpenOrCreate(_name, 100);
                memory.Span[round % 100]++;
                try
                {
                    memory.Unlink();
                }
                catch (FileNotFoundException)
                {
                    // Another was quicker.
                }
            }
        })));
    }

    [Fact]
    public void AsSpan_GivesAsManyValuesAsFit()
    {
        using SharedMemory memory = SharedMemory.Create(27, _name);
        Span<double> numbers = memory.AsSpan<double>();

        numbers[2] = Math.PI;

        Assert.Equal(3, numbers.Length);
        Assert.Equal(Math.PI, BitConverter.ToDouble(memory.GetSpan(16, 8)));
        Assert.Equal(0, memory.AsSpan<Guid>()[1..].Length);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(0, 11)]
    [InlineData(11, 0)]
    [InlineData(5, 6)]
    [InlineData(long.MaxValue, int.MaxValue)]
    public void GetSpan_Outside_Throws(long offset, int length)
    {
        using SharedMemory memory = SharedMemory.Create(10, _name);

        Assert.Throws<ArgumentOutOfRangeException>(() => memory.GetSpan(offset, length).Length);
        Assert.Equal(0, memory.GetSpan(10, 0).Length);
    }

    [Fact]
    public void Memory_WorksInAsynchronousCodeAndStaysWhilePinned()
    {
        SharedMemory memory = SharedMemory.Create(10, _name);
        ulong inode = memory.Identity.Inode;
        Memory<byte> bytes = memory.Memory[2..5];
        bytes.Span.Fill(7);
        Assert.Equal([0, 0, 7, 7, 7, 0, 0, 0, 0, 0], memory.Span.ToArray());

        MemoryHandle pin = bytes.Pin();
        MemoryHandle second = bytes.Pin();
        memory.Dispose();
        Assert.Equal(7, ReadAt(pin));
        pin.Dispose();
        Assert.Equal(7, ReadAt(second));
        Assert.Equal(1, SharedNames.MappingsOf(inode));
        second.Dispose();

        Assert.Equal(0, SharedNames.MappingsOf(inode));

        static unsafe byte ReadAt(MemoryHandle pin) => *(byte*)pin.Pointer;
    }

    [Fact]
    public void One_process_maps_the_same_memory_once()
    {
        using SharedMemory made = SharedMemory.Create(10, _name);
        ulong inode = made.Identity.Inode;
        SharedMemory[] opened = [.. Enumerable.Range(0, 100).Select(_ => SharedMemory.Open(_name))];
        Assert.Equal(1, SharedNames.MappingsOf(inode));

        Array.ForEach(opened, static memory => memory.Dispose());
        Assert.Equal(1, SharedNames.MappingsOf(inode));
        made.Span[0] = 1;
        made.Dispose();

        Assert.Equal(0, SharedNames.MappingsOf(inode));
    }

    [Fact]
    public void A_forgotten_object_is_unmapped_unless_a_span_of_it_may_be_in_use()
    {
        ulong inode = CreateAndForget();
        Collect();
        Assert.Equal(0, SharedNames.MappingsOf(inode));

        Span<byte> span = OpenAndForget();
        Collect();
        Assert.Equal(5, span[3]);

        [MethodImpl(MethodImplOptions.NoInlining)]
        ulong CreateAndForget()
        {
            SharedMemory memory = SharedMemory.Create(10, _name);
            _ = memory.Memory;
            Assert.Equal(1, SharedNames.MappingsOf(memory.Identity.Inode));
            return memory.Identity.Inode;
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        Span<byte> OpenAndForget()
        {
            Span<byte> span = SharedMemory.Open(_name).Span;
            span[3] = 5;
            return span;
        }

        static void Collect()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    [Fact]
    public async Task Objects_of_one_memory_come_and_go_on_many_threads()
    {
        using SharedMemory made = SharedMemory.Create(8, _name);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Watchdog.Run(() =>
        {
            for (int round = 0; round < 2000; round++)
            {
                using SharedMemory memory = SharedMemory.Open(_name);
                Interlocked.Increment(ref memory.AsSpan<long>()[0]);
            }
        })));

        Assert.Equal(8000, made.AsSpan<long>()[0]);
    }
}
