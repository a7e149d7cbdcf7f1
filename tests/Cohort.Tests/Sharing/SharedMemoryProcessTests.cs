using Cohort.Platform;
using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Tests.Serializing;

namespace Cohort.Tests.Sharing;

/// <summary>Shared memory between processes, and what is left of it when they die or lack something.</summary>
public sealed class SharedMemoryProcessTests : IDisposable
{
    private const int Limit = 120_000;

    private readonly string _name = SharedNames.New();
    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose()
    {
        File.Delete(SharedNames.PathOf(_name));
        Leaks.AssertNone(_before);
    }

    [Fact(Timeout = Limit)]
    public async Task A_worker_writes_through_the_name_what_its_parent_sees()
    {
        using SharedMemory memory = SharedMemory.Create(1000, _name);
        using WorkerProcess worker = WorkerProcess.Start(Increment, _name);
        await worker.JoinAsync().Watched();

        Assert.Equal(0, worker.ExitCode);
        Assert.Equal(1, memory.AsSpan<long>()[5]);

        static void Increment(string name)
        {
            using SharedMemory opened = SharedMemory.Open(name);
            opened.AsSpan<long>()[5]++;
        }
    }

    [Fact(Timeout = Limit)]
    public async Task An_object_travels_to_workers_as_the_same_memory()
    {
        await using ProcessPool pool = new(workers: 2);
        using SharedMemory memory = SharedMemory.Create(sizeof(int) * 100, _name);

        int[] sums = await pool.StarMapAsync(
            static (SharedMemory received, int i) =>
            {
                // Not disposed: it is the same object for all calls of one chunk.
                received.AsSpan<int>()[i] = i * i;
                return (int)received.Size + i;
            },
            Enumerable.Range(0, 100).Select(i => (memory, i))).Watched();

        Assert.Equal(Enumerable.Range(0, 100).Select(static i => 400 + i), sums);
        Assert.Equal(Enumerable.Range(0, 100).Select(static i => i * i), memory.AsSpan<int>().ToArray());
    }

    [Fact(Timeout = Limit)]
    public async Task A_worker_that_forgets_what_it_gets_maps_it_once()
    {
        await using ProcessPool pool = new(workers: 1);
        using SharedMemory memory = SharedMemory.Create(1000, _name);
        for (int i = 0; i < 50; i++)
        {
            await pool.ApplyAsync(static received => ++received.Span[3], memory).Watched();
        }

        Assert.Equal(50, memory.Span[3]);
        Assert.Equal(1, await pool.ApplyAsync(SharedNames.MappingsOf, memory.Identity.Inode).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task A_worker_makes_memory_and_returns_it()
    {
        await using ProcessPool pool = new(workers: 1);
        using SharedMemory memory = await pool.ApplyAsync(Make, _name).Watched();

        Assert.Equal([1, 2, 3], memory.Span.ToArray());

        static SharedMemory Make(string name)
        {
            SharedMemory made = SharedMemory.Create(3, name);
            ((ReadOnlySpan<byte>)[1, 2, 3]).CopyTo(made.Span);
            return made;
        }
    }

    [Fact]
    public void A_copy_is_the_same_memory_and_lives_by_itself()
    {
        SharedMemory memory = SharedMemory.Create(10, _name);
        using SharedMemory copy = RoundTrip.Boxed(memory);
        memory.Span[1] = 5;
        memory.Dispose();

        Assert.Equal((_name, 10), (copy.Name, copy.Size));
        Assert.Equal(5, copy.Span[1]);
    }

    [Fact]
    public void What_has_taken_the_name_of_what_was_sent_is_refused()
    {
        using SharedMemory memory = SharedMemory.Create(10, _name);
        byte[] sent = Pickle.Dumps(memory);
        memory.Unlink();

        PickleException gone = Assert.Throws<PickleException>(() => Pickle.Loads<SharedMemory>(sent));
        using SharedMemory other = SharedMemory.Create(10, _name);
        PickleException taken = Assert.Throws<PickleException>(() => Pickle.Loads<SharedMemory>(sent));

        Assert.IsType<FileNotFoundException>(gone.InnerException);
        Assert.Contains(_name, gone.Message, StringComparison.Ordinal);
        Assert.Contains($"'{_name}' that was sent is gone", taken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_disposed_is_not_sent()
    {
        SharedMemory memory = SharedMemory.Create(10, _name);
        memory.Dispose();

        PickleException fault = Assert.Throws<PickleException>(() => Pickle.Dumps(new[] { memory }));

        Assert.Equal("value[0]", fault.Path);
        Assert.IsType<ObjectDisposedException>(fault.InnerException);
    }

    [Fact(Timeout = Limit)]
    public async Task A_maker_that_is_killed_half_way_leaves_nothing_and_nobody_sees_its_half()
    {
        await using ChildOutput maker = ChildOutput.Start(TestWorker.Request("share-half", _name));
        Assert.Equal("half", await maker.ReadLineAsync().Watched());

        Assert.Empty(Directory.GetFileSystemEntries(SharedFileName.Folder).Except(_before.SharedNames));
        Assert.Throws<FileNotFoundException>(() => SharedMemory.Open(_name));
        maker.Process.Signal(Signal.SIGKILL);
        await maker.Process.Exit.Watched();

        Assert.Empty(Directory.GetFileSystemEntries(SharedFileName.Folder).Except(_before.SharedNames));
    }

    [Fact(Timeout = Limit)]
    public async Task A_name_outlives_a_maker_that_is_killed()
    {
        await using ChildOutput maker = ChildOutput.Start(TestWorker.Request("share-and-stay", _name));
        Assert.Equal("whole", await maker.ReadLineAsync().Watched());
        maker.Process.Signal(Signal.SIGKILL);
        await maker.Process.Exit.Watched();

        using SharedMemory memory = SharedMemory.Open(_name);
        memory.Unlink();

        Assert.Equal(42, memory.Span[7]);
    }

    [Fact(Timeout = Limit)]
    public async Task Lack_of_descriptors_is_a_clear_fault_and_leaves_nothing()
    {
        (ChildExit exit, string text) = await ChildOutput.RunAsync(TestWorker.Request("share-without-descriptors") with
        {
            FileName = "/bin/sh",
            Arguments = ["sh", "-c", "ulimit -n 128; exec \"$0\" share-without-descriptors", TestWorker.Path],
        }).Watched();

        Assert.True(exit.ExitCode == 0, $"{exit}: {text}");
        Assert.True(text.Split("EMFILE").Length == 3, text);
        Assert.Contains("RLIMIT_NOFILE", text, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task A_full_file_system_is_a_clear_fault_when_the_memory_is_made()
    {
        const string Mount = "mount -t tmpfs -o size=1m tmpfs /dev/shm || exit 99; ";
        string[] unshare = ["env", "unshare", Environment.IsPrivilegedProcess ? "-m" : "-rm", "sh", "-c"];
        LaunchRequest probe = new() { FileName = "/usr/bin/env", Arguments = [.. unshare, Mount + "true"] };
        (ChildExit mounted, string refusal) = await ChildOutput.RunAsync(probe).Watched();
        Assert.SkipUnless(mounted.ExitCode == 0, $"this machine does not let the test mount a file system of its own: {refusal}");

        (ChildExit exit, string text) = await ChildOutput.RunAsync(TestWorker.Request("share-without-room") with
        {
            FileName = "/usr/bin/env",
            Arguments = [.. unshare, Mount + "exec \"$0\" share-without-room 1048576", TestWorker.Path],
        }).Watched();

        Assert.True(exit.ExitCode == 0, $"{exit}: {text}");
        string[] lines = text.Split('\n');
        Assert.Contains("1048577 bytes", lines[0], StringComparison.Ordinal);
        Assert.All(lines[..2], static line => Assert.Contains("ENOSPC). /dev/shm is full", line, StringComparison.Ordinal));
        Assert.Contains("EEXIST", lines[2], StringComparison.Ordinal);
    }
}
