using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Utils;

namespace Cohort.Synchronizing;

/// <summary>
/// A place where a fixed number of threads and tasks of any processes wait for each other, time and again (Python:
/// <c>multiprocessing.Barrier</c>).
/// </summary>
/// <remarks>
/// <para>
/// When one party does not come, it does for no one: a wait that times out, is cancelled or whose process ends breaks the
/// barrier, and all who wait get a <see cref="BarrierBrokenException"/> that says why, as does whoever comes later, until
/// somebody calls <see cref="Reset"/>.
/// </para>
/// <para>
/// A death is noticed within 100 ms: that of a process that waits, and that of one that was there the last time and has not
/// come yet. When a process that was there the last time is to be followed by another, call <see cref="Reset"/> in between,
/// which forgets who was there.
/// </para>
/// </remarks>
[Picklable(typeof(InterprocessBarrierPickler))]
public sealed class InterprocessBarrier : SharedObject
{
    private static readonly CellShape s_anySize = new(SharedKind.Barrier, 0);

    private readonly BarrierCore _core;

    /// <summary>A barrier at which nobody waits.</summary>
    /// <param name="parties">How many have to come.</param>
    /// <param name="action">
    /// What the last party to come runs before anybody goes on. It travels with the barrier, so it is whichever process that
    /// party is in that runs it, on its own copy of what the function has captured. Its exception goes to that party and
    /// breaks the barrier. It must not wait at the barrier.
    /// </param>
    /// <param name="timeout">How long waits last that do not say so themselves; null waits without end.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no parties, or more than 2³⁰ − 1, or the timeout is negative and not infinite.</exception>
    /// <exception cref="IOException">The system has no memory or no descriptor left.</exception>
    public InterprocessBarrier(int parties, Action? action = null, TimeSpan? timeout = null)
        : this(Allocate(parties, timeout), action)
    {
    }

    private unsafe InterprocessBarrier(SharedCell cell, Action? action)
        : base(cell)
    {
        Action = action;
        _core = new BarrierCore(this, new BarrierWords(cell.Payload));
        Parties = _core.Words.Parties;
    }

    /// <summary>The barrier of this name, for programs that are not each other's workers; a new one if there is none.</summary>
    /// <param name="name">Up to 248 bytes of UTF-8 without a slash.</param>
    /// <param name="parties">How many have to come; one that is there already has to have as many.</param>
    /// <param name="action">
    /// What the last party to come runs before anybody goes on. It is not part of what has the name: each process brings its
    /// own, and that of the last party is run.
    /// </param>
    /// <param name="timeout">How long waits at a new one last that do not say so themselves; null waits without end.</param>
    /// <param name="mode">Who may open it, if it is new: by default only this user.</param>
    /// <exception cref="ArgumentException">The name cannot be one, or the mode has other bits than permissions.</exception>
    /// <remarks>The name lasts until <see cref="SharedObject.Unlink"/> or a restart of the machine.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">There are no parties, or more than 2³⁰ − 1, or the timeout is negative and not infinite.</exception>
    /// <exception cref="InvalidDataException">Something else has this name, or a barrier for another number of parties.</exception>
    /// <exception cref="UnauthorizedAccessException">Its permissions keep this user out.</exception>
    /// <exception cref="IOException">
    /// The system has no memory or no descriptor left, or what has this name was made in another PID namespace (container).
    /// </exception>
    public static InterprocessBarrier OpenOrCreate(
        string name,
        int parties,
        Action? action = null,
        TimeSpan? timeout = null,
        UnixFileMode mode = NamedCells.OwnerOnly)
    {
        EnsureFit(parties, timeout);
        SharedCell cell = NamedCells.OpenOrCreate(
            [s_anySize], name, mode, made => Fill(made, parties, timeout), BarrierWords.SizeFor(parties))[0];
        InterprocessBarrier barrier = Opened(cell, name, action);
        if (barrier.Parties == parties)
        {
            return barrier;
        }

        barrier.Dispose();
        throw NamedCells.Unfit(SharedKind.Barrier, name, $"It is for {barrier.Parties} parties and not for {parties}.");
    }

    /// <summary>The barrier of this name, for however many parties it was made.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">Something else has this name.</exception>
    /// <inheritdoc cref="OpenOrCreate" path="//exception[not(contains(@cref, 'OutOfRange') or contains(@cref, 'InvalidData'))]|//param[@name='name' or @name='action']"/>
    public static InterprocessBarrier Open(string name, Action? action = null) =>
        Opened(NamedCells.Open([s_anySize], name)[0], name, action);

    /// <summary>How many have to come.</summary>
    public int Parties { get; }

    /// <summary>How many wait. By the time that you know, that may have changed.</summary>
    /// <exception cref="ObjectDisposedException">The barrier was disposed.</exception>
    public int WaitingCount
    {
        get
        {
            EnsureNotDisposed();
            int count = _core.WaitingCount;
            GC.KeepAlive(this);
            return count;
        }
    }

    /// <summary>Whether every wait fails until somebody calls <see cref="Reset"/>. By the time that you know, that may have changed.</summary>
    /// <exception cref="ObjectDisposedException">The barrier was disposed.</exception>
    public bool IsBroken
    {
        get
        {
            EnsureNotDisposed();
            bool isBroken = _core.Words.Phase == BarrierPhase.Broken;
            GC.KeepAlive(this);
            return isBroken;
        }
    }

    internal Action? Action { get; }

    /// <summary>Blocks until all parties wait. The last one runs the action, if there is one, and then all go on.</summary>
    /// <param name="timeout">How long to wait at most; null takes the barrier's own. It covers others' action, but not one run here.</param>
    /// <param name="cancellationToken">Ends the wait, and breaks the barrier. One that is cancelled already does not.</param>
    /// <returns>The place in the order of coming: 0 to <see cref="Parties"/> − 1, each once, so that one party can be chosen by it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    /// <exception cref="BarrierBrokenException">The barrier is broken, or broke, or was reset; also when this wait's own time was over.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The barrier was disposed, maybe during the wait.</exception>
    public int Wait(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        Deadline deadline = Hold(timeout);
        try
        {
            // Before the wait begins: once it has, leaving it breaks the barrier.
            cancellationToken.ThrowIfCancellationRequested();
            BarrierWait wait = new(this, _core, Action is not null, cancellationToken);
            BlockingWait.Run(wait, deadline, cancellationToken);
            return Finish(wait);
        }
        finally
        {
            Cell.LetGo();
        }
    }

    /// <summary>Waits for all parties without blocking a thread. The last one runs the action, if there is one, and then all go on.</summary>
    /// <inheritdoc cref="Wait"/>
    public async ValueTask<int> WaitAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        Deadline deadline = Hold(timeout);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            BarrierWait wait = new(this, _core, Action is not null, cancellationToken);
            if (!wait.TryFinish(out _))
            {
                await AsyncWaits.Run(wait, deadline, cancellationToken).ConfigureAwait(false);
            }

            return Finish(wait);
        }
        finally
        {
            Cell.LetGo();
        }
    }

    /// <summary>Breaks the barrier: all who wait, and all who come, get a <see cref="BarrierBrokenException"/>, until <see cref="Reset"/>.</summary>
    /// <exception cref="ObjectDisposedException">The barrier was disposed.</exception>
    public void Abort()
    {
        Hold();
        try
        {
            _core.Break(BarrierBreakReason.Abort);
        }
        finally
        {
            Cell.LetGo();
        }
    }

    /// <summary>Makes the barrier as new. All who wait get a <see cref="BarrierBrokenException"/>.</summary>
    /// <exception cref="ObjectDisposedException">The barrier was disposed.</exception>
    public void Reset()
    {
        Hold();
        try
        {
            _core.Reset();
        }
        finally
        {
            Cell.LetGo();
        }
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        if (Cell.IsDisposed)
        {
            return $"{nameof(InterprocessBarrier)} (disposed)";
        }

        string state = IsBroken ? "broken" : $"{WaitingCount} of {Parties} wait";
        return $"{nameof(InterprocessBarrier)} ({state})";
    }

    /// <exception cref="InvalidDataException">What lies there cannot be a barrier.</exception>
    internal static unsafe InterprocessBarrier FromCell(SharedCell cell, Action? action)
    {
        int parties = cell.Length < BarrierWords.SizeFor(1) ? 0 : new BarrierWords(cell.Payload).Parties;
        return parties > 0 && cell.Length == BarrierWords.SizeFor(parties)
            ? new InterprocessBarrier(cell, action)
            : throw new InvalidDataException($"A barrier of {cell.Length} bytes is none of this version of Cohort.");
    }

    private static SharedCell Allocate(int parties, TimeSpan? timeout)
    {
        EnsureFit(parties, timeout);
        SharedCell cell = SharedCell.Allocate(SharedKind.Barrier, BarrierWords.SizeFor(parties));
        Fill(cell, parties, timeout);
        return cell;
    }

    private static void EnsureFit(int parties, TimeSpan? timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parties, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(parties, BarrierWords.MaxParties);
        _ = Deadline.In(timeout ?? Timeout.InfiniteTimeSpan);
    }

    private static unsafe void Fill(SharedCell cell, int parties, TimeSpan? timeout)
    {
        BarrierWords words = new(cell.Payload);
        words.Parties = parties;
        words.TimeoutTicks = (timeout ?? Timeout.InfiniteTimeSpan).Ticks;
    }

    private static InterprocessBarrier Opened(SharedCell cell, string name, Action? action)
    {
        try
        {
            return FromCell(cell, action);
        }
        catch (InvalidDataException fault)
        {
            cell.Dispose();
            throw NamedCells.Unfit(SharedKind.Barrier, name, fault.Message, fault);
        }
    }

    /// <summary>Keeps the cell for the whole of a wait, the action included. The deadline is read here, before it can go wrong.</summary>
    private Deadline Hold(TimeSpan? timeout)
    {
        Hold();
        try
        {
            return Deadline.In(timeout ?? new TimeSpan(_core.Words.TimeoutTicks));
        }
        catch
        {
            Cell.LetGo();
            throw;
        }
    }

    private int Finish(BarrierWait wait)
    {
        if (wait.MustRun)
        {
            try
            {
                Action!();
            }
            catch
            {
                wait.Fail();
                throw;
            }

            wait.Complete();
        }

        return wait.Result();
    }
}
