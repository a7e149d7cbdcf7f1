using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cohort.Platform;
using Cohort.Sharing;
using Cohort.Synchronizing;
using Cohort.Utils;

namespace Cohort.Messaging;

// Overview
//
// A wait for many things of different kinds:
//
//   1. Look at all. If any is ready, that is the answer.
//   2. A blocking wait sleeps on the doorbells of rings themselves, as many as one system call takes, and on a word of its
//      own. An asynchronous one sleeps on a task.
//   3. All other things are watched by threads that are there anyway, which poke: descriptors by epoll, connections over sockets and further rings by
//      the threads of asynchronous waits, events by the thread pool. A poke says nothing; look at all again.
//
// Who announced a sleep looks once more before it sleeps, and a watch that starts late fires at once; so nothing is missed.
// Another thread may take what one was woken for. Then the look finds nothing, what has fired is watched anew, and the wait
// goes on.

/// <summary>One wait for any of some things: see the overview at the top of this file.</summary>
internal sealed class ReadySet : IDisposable
{
    private const int MostDirect = AddressWaiter.MaxTargets - Others;

    /// <summary>What a blocking wait sleeps on besides.</summary>
    private const int Others = 2;
    private const int LeastSlice = 200;

    private readonly List<ReadySource> _sources = [];
    private readonly CancellationTokenSource _ended = new();

    /// <summary>Changes with each poke. Pinned, and referred to by whoever may poke late.</summary>
    private readonly int[] _news = GC.AllocateArray<int>(16, pinned: true);
    private TaskCompletionSource _poked = NewTask();

    public ReadySet(IEnumerable<object?> things)
    {
        Ended = _ended.Token;
        try
        {
            foreach (object? thing in things)
            {
                _sources.Add(ReadySource.For(thing));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Ends what was started for this wait.</summary>
    public CancellationToken Ended { get; }

    private unsafe int* News => (int*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_news));

    /// <summary>There may be something to look at. May come late, and from any thread.</summary>
    public unsafe void Poke()
    {
        Interlocked.Increment(ref _news[0]);
        AddressWaiter.Instance.Wake(ref *News, 1);
        Volatile.Read(ref _poked).TrySetResult();
        GC.KeepAlive(_news);
    }

    /// <summary>Which are ready; an empty array when the deadline passed first.</summary>
    public unsafe bool[] Wait(Deadline deadline, CancellationToken cancellationToken)
    {
        if (LookAtAll() is { } ready)
        {
            return ready;
        }

        long start = Environment.TickCount64;
        WaitTarget[] targets = new WaitTarget[Math.Min(_sources.Count, MostDirect) + Others];
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static set => ((ReadySet)set!).Poke(), this);
        while (!IsOver(deadline))
        {
            int count = Others;
            bool isTold = true;
            targets[1] = DeathBell.Target;
            targets[0] = new WaitTarget(News, Volatile.Read(ref _news[0]));
            foreach (ReadySource source in _sources)
            {
                if (count < targets.Length && source.TryAnnounce(out targets[count]))
                {
                    count++;
                    isTold &= source.IsWithinFamily;
                }
                else
                {
                    source.Watch(this);
                }
            }

            if (LookAtAll() is { } found)
            {
                return found;
            }

            cancellationToken.ThrowIfCancellationRequested();
            int remaining = deadline.RemainingMilliseconds;
            int slice = PendingWait.PatientSlice(
                Environment.TickCount64 - start, LeastSlice, PendingWait.LongestSliceMilliseconds, isTold);
            AddressWaiter.Instance.WaitAny(targets.AsSpan(0, count), remaining < 0 ? slice : Math.Min(remaining, slice));
            GC.KeepAlive(_news);
        }

        return LookAtAll() ?? [];
    }

    /// <inheritdoc cref="Wait"/>
    public async Task<bool[]> WaitAsync(Deadline deadline, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (LookAtAll() is { } ready)
            {
                return ready;
            }

            if (IsOver(deadline))
            {
                return [];
            }

            // Before the watches start, as they may fire at once.
            TaskCompletionSource poked = NewTask();
            Interlocked.Exchange(ref _poked, poked);
            _sources.ForEach(source => source.Watch(this));
            if (LookAtAll() is { } found)
            {
                return found;
            }

            try
            {
                await poked.Task.WaitAsync(deadline.Step(), cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // One more look.
            }
        }
    }

    public void Dispose()
    {
        _ended.Cancel();
        _sources.ForEach(static source => source.Dispose());
        _ended.Dispose();
    }

    private static TaskCompletionSource NewTask() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool IsOver(Deadline deadline) => deadline.HasPassed || _sources.Count == 0;

    private bool[]? LookAtAll()
    {
        bool[]? ready = null;
        for (int i = 0; i < _sources.Count; i++)
        {
            if (_sources[i].IsReady())
            {
                (ready ??= new bool[_sources.Count])[i] = true;
            }
        }

        return ready;
    }
}
