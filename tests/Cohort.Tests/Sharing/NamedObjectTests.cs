using System.Runtime.InteropServices;
using Cohort.Platform;
using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Sharing;

/// <summary>What is true of every shared object that has a name, shown with a lock.</summary>
public sealed class NamedObjectTests : IDisposable
{
    private const int Limit = 60_000;

    private readonly string _name = $"test-{Guid.NewGuid():N}";

    private string Path => $"/dev/shm/cohort.{_name}";

    public void Dispose() => File.Delete(Path);

    [Fact]
    public void OpenOrCreate_Twice_IsTheSameLock()
    {
        using InterprocessLock one = InterprocessLock.OpenOrCreate(_name);
        using InterprocessLock other = InterprocessLock.OpenOrCreate(_name);
        using InterprocessLock third = InterprocessLock.Open(_name);
        using LockHandle held = one.Acquire();

        Assert.Null(other.TryAcquire());
        Assert.Null(third.TryAcquire());
    }

    [Fact]
    public void OpenOrCreate_EverybodyHasDisposed_FindsItAgain()
    {
        InterprocessLock.OpenOrCreate(_name).Dispose();
        using InterprocessLock again = InterprocessLock.Open(_name);

        Assert.NotNull(again.TryAcquire());
    }

    [Fact]
    public void OpenOrCreate_New_IsForItsOwnerOnly()
    {
        using InterprocessLock gate = InterprocessLock.OpenOrCreate(_name);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
    }

    [Fact]
    public void OpenOrCreate_Mode_IsThat()
    {
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
        using InterprocessLock gate = InterprocessLock.OpenOrCreate(_name, Mode);

        Assert.Equal(Mode, File.GetUnixFileMode(Path));
    }

    [Fact]
    public void Unlink_TheNameIsFree_TheLockIsNot()
    {
        using InterprocessLock one = InterprocessLock.OpenOrCreate(_name);
        using LockHandle held = one.Acquire();
        SharedObject.Unlink(_name);

        Assert.False(File.Exists(Path));
        Assert.Throws<FileNotFoundException>(() => InterprocessLock.Open(_name));
        Assert.Throws<FileNotFoundException>(() => SharedObject.Unlink(_name));
        using InterprocessLock next = InterprocessLock.OpenOrCreate(_name);
        Assert.NotNull(next.TryAcquire());
        Assert.True(one.IsHeld);
    }

    /// <summary>Where the file system knows no unnamed files.</summary>
    [Fact(Timeout = Limit)]
    public async Task TryCreate_ThatMakesNothing_LeavesNoDraft()
    {
        CellShape[] shapes = [new(SharedKind.Lock, LockState.Size)];
        string[] before = Drafts();
        using InterprocessLock taken = InterprocessLock.OpenOrCreate(_name);
        Assert.Null(NamedCells.TryCreate(shapes, $"cohort.{_name}", NamedCells.OwnerOnly, null, canBeUnnamed: false));
        Assert.Throws<InvalidOperationException>(() => NamedCells.TryCreate(
            shapes, $"cohort.{_name}-other", NamedCells.OwnerOnly, static _ => throw new InvalidOperationException(), canBeUnnamed: false));

        // Those of other test runs go by themselves.
        await Eventually.TrueAsync(() => !Drafts().Except(before).Any());

        static string[] Drafts() => Directory.GetFiles("/dev/shm", ".cohort*");
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    public void OpenOrCreate_NameThatIsNone_Throws(string name) =>
        Assert.ThrowsAny<ArgumentException>(() => InterprocessLock.OpenOrCreate(name));

    [Fact]
    public void OpenOrCreate_NameThatIsTooLong_Throws() =>
        Assert.ThrowsAny<ArgumentException>(() => InterprocessLock.OpenOrCreate(new string('x', 249)));

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(4096)]
    [InlineData(10_000)]
    public void Open_ForeignFile_SaysSo(int size)
    {
        File.WriteAllBytes(Path, [.. Enumerable.Repeat((byte)7, size)]);

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => InterprocessLock.OpenOrCreate(_name));
        Assert.Contains(_name, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_EmptyFile_SaysSo()
    {
        File.WriteAllBytes(Path, []);

        Assert.Throws<IOException>(() => InterprocessLock.OpenOrCreate(_name));
    }

    [Fact]
    public void Open_AnotherKindOfObject_SaysWhich()
    {
        NamedCells.OpenOrCreate(SharedKind.Value, 8, _name, NamedCells.OwnerOnly).Dispose();

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => InterprocessLock.Open(_name));
        Assert.Contains("Value", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenOrCreate_OtherKinds_MeetByTheirNames()
    {
        using (InterprocessRecursiveLock one = InterprocessRecursiveLock.OpenOrCreate(_name), other = InterprocessRecursiveLock.Open(_name))
        using (LockHandle held = one.Acquire())
        {
            Assert.True(other.IsHeld);
        }

        SharedObject.Unlink(_name);
        using (InterprocessEvent one = InterprocessEvent.OpenOrCreate(_name), other = InterprocessEvent.Open(_name))
        {
            one.Set();
            Assert.True(other.IsSet);
        }

        SharedObject.Unlink(_name);
        using (InterprocessSemaphore one = InterprocessSemaphore.OpenOrCreate(_name, 3), other = InterprocessSemaphore.OpenOrCreate(_name, 7))
        {
            one.Acquire();
            Assert.Equal(2, other.CurrentCount);
        }

        SharedObject.Unlink(_name);
        using (BoundedInterprocessSemaphore one = BoundedInterprocessSemaphore.OpenOrCreate(_name, 2), other = BoundedInterprocessSemaphore.Open(_name))
        {
            Assert.Throws<SemaphoreFullException>(() => other.Release());
            one.Acquire();
            other.Release();
            Assert.Equal(2, one.CurrentCount);
        }

        SharedObject.Unlink(_name);
        using (InterprocessReaderWriterLock one = InterprocessReaderWriterLock.OpenOrCreate(_name), other = InterprocessReaderWriterLock.Open(_name))
        using (LockHandle held = one.AcquireWrite())
        {
            Assert.Null(other.TryAcquireRead());
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => InterprocessSemaphore.OpenOrCreate(_name, -1));
    }

    [Fact]
    public void OpenOrCreate_Semaphore_TracksPermitsAndRefusesWhoMeansOtherwise()
    {
        SemaphoreOptions tracking = new() { PermitTracking = true };
        using (InterprocessSemaphore one = InterprocessSemaphore.OpenOrCreate(_name, 2, options: tracking))
        using (InterprocessSemaphore other = InterprocessSemaphore.Open(_name), third = InterprocessSemaphore.OpenOrCreate(_name, 7, options: tracking))
        {
            other.Acquire();
            Assert.Contains($"process {Environment.ProcessId} holds 1", one.ToString(), StringComparison.Ordinal);
            Assert.Equal(1, third.CurrentCount);
            InvalidDataException fault = Assert.Throws<InvalidDataException>(() => InterprocessSemaphore.OpenOrCreate(_name, 2));
            Assert.Contains("made with PermitTracking", fault.Message, StringComparison.Ordinal);
            Assert.Throws<InvalidDataException>(() => BoundedInterprocessSemaphore.OpenOrCreate(_name, 2, options: tracking));
        }

        SharedObject.Unlink(_name);
        using (BoundedInterprocessSemaphore one = BoundedInterprocessSemaphore.OpenOrCreate(_name, 2))
        {
            InvalidDataException fault = Assert.Throws<InvalidDataException>(
                () => BoundedInterprocessSemaphore.OpenOrCreate(_name, 2, options: tracking));
            Assert.Contains("made without PermitTracking", fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Open_MadeInAnotherPidNamespace_IsRefused()
    {
        string[] unshare = ["env", "unshare", .. Environment.IsPrivilegedProcess ? Array.Empty<string>() : ["-r"], "--pid", "--fork", "--mount-proc"];
        LaunchRequest probe = new() { FileName = "/usr/bin/env", Arguments = [.. unshare, "true"] };
        (ChildExit possible, string refusal) = await ChildOutput.RunAsync(probe).Watched();
        Assert.SkipUnless(possible.ExitCode == 0, $"no PID namespace here: {refusal}");
        using InterprocessLock gate = InterprocessLock.OpenOrCreate(_name);
        using LockHandle held = gate.Acquire();

        (ChildExit exit, string text) = await ChildOutput.RunAsync(TestWorker.Request("try-named-lock") with
        {
            FileName = "/usr/bin/env",
            Arguments = [.. unshare, TestWorker.Path, "try-named-lock", _name],
        }).Watched();

        Assert.True(exit.ExitCode == 0, $"{exit}: {text}");
        Assert.Contains("IOException", text, StringComparison.Ordinal);
        Assert.Contains("another PID namespace", text, StringComparison.Ordinal);
        Assert.Equal(Environment.ProcessId, gate.OwnerProcessId);
    }

    /// <summary>Without a descriptor, nobody can be asked for.</summary>
    [Fact(Timeout = Limit)]
    public async Task TryAcquire_NoDescriptorLeft_TakesNothingFromTheLiving()
    {
        using InterprocessLock gate = InterprocessLock.OpenOrCreate(_name);
        using LockHandle held = gate.Acquire();

        (ChildExit exit, string text) = await ChildOutput.RunAsync(TestWorker.Request("lock-without-descriptors") with
        {
            FileName = "/bin/sh",
            Arguments = ["sh", "-c", "ulimit -n 128; exec \"$0\" lock-without-descriptors \"$1\"", TestWorker.Path, _name],
        }).Watched();

        Assert.True(exit.ExitCode == 0, $"{exit}: {text}");
        Assert.Equal("held held free", text.Trim());
        Assert.Equal(Environment.ProcessId, gate.OwnerProcessId);
    }

    /// <summary>File rights are asked for a thread's own user here, so that root can play another one.</summary>
    [Fact(Timeout = Limit)]
    public async Task Open_AnotherUsers_IsRefused()
    {
        using InterprocessLock gate = InterprocessLock.OpenOrCreate(_name);
        File.SetUnixFileMode(Path, UnixFileMode.None);
        Exception?[] faults = await Watchdog.Run(() =>
        {
            int own = SetFileSystemUser(65534);
            try
            {
                return new[]
                {
                    Record.Exception(() => InterprocessLock.OpenOrCreate(_name)),
                    Record.Exception(() => InterprocessCondition.Open(_name)),
                    Record.Exception(() => InterprocessBarrier.OpenOrCreate(_name, 2)),
                    Record.Exception(() => SharedObject.Unlink(_name)),
                };
            }
            finally
            {
                // What awaits this may go on on this thread.
                _ = SetFileSystemUser(own);
            }
        });

        Assert.All(faults, static fault => Assert.IsType<UnauthorizedAccessException>(fault));
    }

    [Fact]
    public void Pickle_OpenedByName_TravelsAsAnyOther()
    {
        using InterprocessLock one = InterprocessLock.OpenOrCreate(_name);
        using InterprocessLock copy = Pickle.Loads<InterprocessLock>(Pickle.Dumps(one));
        using LockHandle held = copy.Acquire();

        Assert.True(one.IsHeld);
    }

    [Fact(Timeout = Limit)]
    public async Task OpenOrCreate_ManyProcessesAtOnce_MeetAtOneLock()
    {
        string name = _name;
        using RawSharedValue<long> count = new();
        await using ProcessPool pool = new(3);
        await pool.MapAsync(
            _ =>
            {
                using InterprocessLock gate = InterprocessLock.OpenOrCreate(name);
                for (int i = 0; i < 2000; i++)
                {
                    using (gate.Acquire())
                    {
                        count.Value++;
                    }
                }

                return 0;
            },
            Enumerable.Range(0, 12),
            chunkSize: 1).Watched();

        Assert.Equal(24_000, count.Value);
    }

    [Fact(Timeout = Limit)]
    public async Task NamedLock_SentToAWorker_OpensThere()
    {
        using InterprocessLock gate = InterprocessLock.OpenOrCreate(_name);
        SharedObject.Unlink(_name);
        await using ProcessPool pool = new(1);
        LockHandle held = gate.Acquire();
        Assert.False(await pool.ApplyAsync(static g => g.TryAcquire() is not null, gate).Watched());
        held.Dispose();
        Assert.True(await pool.ApplyAsync(static g => g.TryAcquire() is not null, gate).Watched());
    }

    /// <summary>Of the calling thread only; the one before.</summary>
    [DllImport("libc", EntryPoint = "setfsuid")]
    private static extern int SetFileSystemUser(int user);
}
