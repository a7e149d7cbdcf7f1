using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

/// <summary>A lock that one thread takes while another disposes it: it is either held by a handle, or not taken at all.</summary>
public sealed class LockDisposalTests : IDisposable
{
    private const int Limit = 120_000;
    private const int Rounds = 3_000;

    private readonly string _name = $"test-{Guid.NewGuid():N}";

    public void Dispose() => File.Delete($"/dev/shm/cohort.{_name}");

    /// <summary>Where another process holds it all the time, and nothing but this one object maps its memory here.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task Acquire_AgainstDispose_OfWhatAnotherHolds_GivesNoHandle(LockKind kind)
    {
        string name = _name;
        using SharedObject gate = Make(kind, name);
        using LockHandle held = Hold(kind, gate);
        await using ProcessPool pool = new(1);
        int phantoms = await pool.ApplyAsync(
            static (kind, name) =>
            {
                int handles = 0;
                DisposalRace.Run(Rounds, () => Make(kind, name), gate => handles += TryTake(kind, gate) is null ? 0 : 1);
                return handles;
            },
            kind,
            name).Watched();

        Assert.Equal(0, phantoms);
    }

    /// <summary>Where others take turns, and the memory stays mapped here.</summary>
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task Acquire_AgainstDispose_OfWhatOthersUse_LeavesItFree(LockKind kind)
    {
        string name = _name;
        using SharedObject gate = Make(kind, name);
        await using ProcessPool pool = new(1);
        Task there = pool.ApplyAsync(
            static (kind, name) =>
            {
                using SharedObject kept = Make(kind, name);
                DisposalRace.Run(Rounds, () => Make(kind, name), gate => TryTake(kind, gate)?.Dispose());
            },
            kind,
            name).Watched();
        await Watchdog.Run(() =>
        {
            do
            {
                using (Hold(kind, gate))
                {
                    Thread.SpinWait(Random.Shared.Next(200));
                }

                Thread.SpinWait(Random.Shared.Next(100));
            }
            while (!there.IsCompleted);
        });
        await there;
        Hold(kind, gate).Dispose();
    }

    public static TheoryData<LockKind> Kinds => [.. Enum.GetValues<LockKind>()];

    private static SharedObject Make(LockKind kind, string name) => kind switch
    {
        LockKind.Lock => InterprocessLock.OpenOrCreate(name),
        LockKind.Recursive => InterprocessRecursiveLock.OpenOrCreate(name),
        _ => InterprocessReaderWriterLock.OpenOrCreate(name),
    };

    /// <summary>Whoever was there meanwhile has left within moments.</summary>
    private static LockHandle Hold(LockKind kind, SharedObject gate)
    {
        TimeSpan limit = TimeSpan.FromSeconds(20);
        return gate switch
        {
            InterprocessLock simple => simple.Acquire(limit),

            // Not for this thread, which the test may leave.
            InterprocessRecursiveLock recursive => recursive.AcquireAsync(limit).AsTask().GetAwaiter().GetResult(),
            InterprocessReaderWriterLock other => other.AcquireWrite(limit),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }

    private static LockHandle? TryTake(LockKind kind, SharedObject gate)
    {
        TimeSpan limit = TimeSpan.FromMilliseconds(1);
        return gate switch
        {
            InterprocessLock simple => simple.TryAcquire(limit),
            InterprocessRecursiveLock recursive => recursive.TryAcquire(limit),
            InterprocessReaderWriterLock other when kind == LockKind.Reader => other.TryAcquireRead(limit),
            InterprocessReaderWriterLock other => other.TryAcquireWrite(limit),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }

    /// <summary>The ways to hold one.</summary>
    public enum LockKind
    {
        Lock,
        Recursive,
        Reader,
        Writer,
    }
}
