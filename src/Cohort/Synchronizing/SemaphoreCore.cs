using System.Globalization;
using Cohort.Platform;
using Cohort.Sharing;
using Cohort.Utils;

namespace Cohort.Synchronizing;

/// <summary>What both semaphores do, with the permits tracked or not.</summary>
internal sealed class SemaphoreCore
{
    private const int TrackedSize = TableOffset + PermitTable.Size;

    /// <summary>On a cache line other than the count's, which is read without the word.</summary>
    private const int TableOffset = SharedCell.HeaderSize;

    private readonly SharedObject _owner;
    private readonly SemaphoreWords _words;
    private readonly PermitTable _table;
    private readonly bool _isTracking;
    private readonly bool _isBounded;

    /// <summary>When a wait of this object last looked for the dead, in milliseconds.</summary>
    private long _lastLook;

    public unsafe SemaphoreCore(SharedObject owner, SharedCell cell, bool isBounded)
    {
        _owner = owner;
        _words = new SemaphoreWords(cell.Payload);
        _isTracking = cell.Length == TrackedSize;
        _table = _isTracking ? new PermitTable(cell.Payload + TableOffset) : default;
        _isBounded = isBounded;
    }

    /// <summary>With tracking, those of the dead count as free.</summary>
    public int Count
    {
        get
        {
            Hold();
            try
            {
                return CountHeld();
            }
            finally
            {
                _owner.Cell.LetGo();
            }
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="IOException">The system has no memory or no descriptor left.</exception>
    public static SharedCell Allocate(SharedKind kind, int initial, int limit, SemaphoreOptions? options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(initial);
        SharedCell cell = SharedCell.Allocate(kind, SizeFor(options));
        Fill(cell, initial, limit);
        return cell;
    }

    /// <summary>One with a name.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="InvalidDataException">What has this name is something else, or tracks permits and should not, or the reverse.</exception>
    public static SharedCell OpenOrCreate(
        SharedKind kind, string name, UnixFileMode mode, int initial, int limit, SemaphoreOptions? options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(initial);
        long size = SizeFor(options);
        SharedCell cell = Known(
            NamedCells.OpenOrCreate([new CellShape(kind, 0)], name, mode, made => Fill(made, initial, limit), size)[0], kind, name);
        if (cell.Length == size)
        {
            return cell;
        }

        bool isTracking = cell.Length == TrackedSize;
        cell.Dispose();
        throw NamedCells.Unfit(
            kind, name, $"it was made {(isTracking ? "with" : "without")} {nameof(SemaphoreOptions.PermitTracking)}, and is asked for {(isTracking ? "without" : "with")} it.");
    }

    /// <summary>One with a name, however it was made.</summary>
    /// <exception cref="FileNotFoundException">Nothing has this name.</exception>
    /// <exception cref="InvalidDataException">What has this name is something else.</exception>
    public static SharedCell Open(SharedKind kind, string name) => Known(NamedCells.Open(kind, 0, name), kind, name);

    /// <exception cref="InvalidDataException">The cell is no semaphore of this version.</exception>
    public static SharedCell Checked(SharedCell cell) => cell.Length is SemaphoreWords.Size or TrackedSize
        ? cell
        : throw new InvalidDataException($"A semaphore of {cell.Length} bytes is none of this version of Cohort.");

    public bool Take(Deadline deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return TryTakeNow(deadline) ?? BlockingWait.Run(new SemaphoreWait(_owner, this), deadline, cancellationToken);
    }

    public ValueTask<bool> TakeAsync(Deadline deadline, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<bool>(cancellationToken);
        }

        return TryTakeNow(deadline) is { } isTaken
            ? new ValueTask<bool>(isTaken)
            : new ValueTask<bool>(AsyncWaits.Run(new SemaphoreWait(_owner, this), deadline, cancellationToken));
    }

    /// <exception cref="ArgumentOutOfRangeException">Not a positive number.</exception>
    /// <exception cref="SemaphoreFullException">There would be too many permits.</exception>
    public void Release(int permits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(permits, 1);
        Hold();
        try
        {
            if (!TryRelease(permits))
            {
                throw new SemaphoreFullException(
                    $"{permits} more would exceed the limit of {_words.Limit.ToString(CultureInfo.InvariantCulture)} permits: they were released too many times ({_owner}).");
            }
        }
        finally
        {
            _owner.Cell.LetGo();
        }
    }

    public string Describe()
    {
        int count = Volatile.Read(ref _words.Count);
        string text = _isBounded
            ? string.Create(CultureInfo.InvariantCulture, $"{count} of {_words.Limit} free")
            : string.Create(CultureInfo.InvariantCulture, $"{count} free");
        string holders = _isTracking ? _table.Describe() : "";
        GC.KeepAlive(_owner);
        return holders.Length > 0 ? $"{text}, {holders}" : text;
    }

    /// <summary>For a wait: announced before its first look.</summary>
    public void Announce() => _words.AddWaiter();

    /// <summary>For a wait that has a permit.</summary>
    public void Leave() => _words.RemoveWaiter();

    /// <summary>For a wait that ends without a permit, and may have taken a wake-up along.</summary>
    public void GiveUp()
    {
        _words.RemoveWaiter();
        _words.PassOn();
    }

    /// <summary>How a wait gets at the table; null when there is none.</summary>
    public LockWait? NewEntry() => _isTracking ? new LockWait(_owner, _table.Word) : null;

    /// <summary>For a wait, without blocking; if there is no permit, where to sleep.</summary>
    public bool TryTake(LockWait? entry, out WaitTarget target)
    {
        target = _words.WhileEmpty;
        if (entry is null)
        {
            return _words.TryTake();
        }

        while (Volatile.Read(ref _words.Count) > 0)
        {
            if (!entry.TryFinish(out target))
            {
                return false;
            }

            if (TakeAndExit())
            {
                return true;
            }

            target = _words.WhileEmpty;
        }

        // Who has slept for the word and does not want it any more.
        entry.GiveUp();
        return false;
    }

    /// <summary>Returns the permits of the dead, for all waits of this object once a slice, and without blocking.</summary>
    public void LookForDead()
    {
        long now = Environment.TickCount64;
        long last = Volatile.Read(ref _lastLook);
        if (!_isTracking
            || now - last < PendingWait.SliceMilliseconds / 2
            || Interlocked.CompareExchange(ref _lastLook, now, last) != last
            || !_table.HasDead)
        {
            return;
        }

        if (_table.Word.TryTakeFromDead() || LockCore.TryTakeSoon(_table.Word))
        {
            Exit(_table.Repair(ref _words.Count));
        }
        else
        {
            Volatile.Write(ref _lastLook, 0);
        }
    }

    /// <summary>Keeps the memory: the word of the table, if it went in the middle, would be let go of elsewhere and held here for ever.</summary>
    private void Hold() => _owner.Hold();

    /// <summary>With tracking, those of the dead count as free.</summary>
    private int CountHeld()
    {
        if (_isTracking && _table.HasDead)
        {
            int returned = Enter();
            Exit(returned + _table.Repair(ref _words.Count));
        }

        return Volatile.Read(ref _words.Count);
    }

    private bool TryRelease(int permits)
    {
        if (_isTracking)
        {
            int returned = Enter();
            bool isGiven = _table.TryGive(ref _words.Count, permits, _words.Limit, _isBounded);
            Exit(isGiven ? permits + returned : returned);
            return isGiven;
        }

        if (!_words.TryAdd(permits))
        {
            return false;
        }

        _words.WakeWaiters(permits);
        return true;
    }

    /// <summary>Null when it has to be waited for.</summary>
    private bool? TryTakeNow(Deadline deadline)
    {
        // A free permit first that is one instruction away: what follows costs more than taking it.
        if (!_isTracking && _words.TryTake())
        {
            GC.KeepAlive(_owner);
            return true;
        }

        Hold();
        try
        {
            return TryTakeHeld(deadline);
        }
        finally
        {
            _owner.Cell.LetGo();
        }
    }

    /// <inheritdoc cref="TryTakeNow"/>
    private bool? TryTakeHeld(Deadline deadline)
    {
        bool? isTaken = TryTakeAtOnce();
        if (isTaken is not true && deadline.HasPassed)
        {
            // Not asked to wait, but for a moment until the word is free, and those of the dead are there for the taking.
            isTaken = _isTracking && CountHeld() > 0 && TryTakeByEntering();
        }
        else if (isTaken is not true)
        {
            ShortSpin spin = new();
            while (isTaken is not true && spin.TrySpin())
            {
                isTaken = TryTakeAtOnce();
            }
        }

        return isTaken;
    }

    /// <summary>True or null.</summary>
    private bool? TryTakeAtOnce()
    {
        bool isTaken = _isTracking
            ? Volatile.Read(ref _words.Count) > 0 && _table.Word.TryTake() && TakeAndExit()
            : _words.TryTake();
        return isTaken ? true : null;
    }

    private bool TryTakeByEntering()
    {
        int returned = Enter();
        bool isTaken = TakeAndExit();
        if (returned > 0)
        {
            _words.WakeWaiters(returned);
        }

        return isTaken;
    }

    /// <summary>Takes a permit, if there is one, with the word held, and lets go of the word.</summary>
    /// <exception cref="InvalidOperationException">The table is full.</exception>
    private bool TakeAndExit()
    {
        int returned = 0;
        bool isTaken;
        bool isThere = _words.Count > 0;
        try
        {
            isTaken = isThere && _table.TryTake(ref _words.Count);
            if (isThere && !isTaken)
            {
                returned = _table.Repair(ref _words.Count);
                isTaken = _table.TryTake(ref _words.Count);
            }
        }
        finally
        {
            Exit(returned);
        }

        return isTaken || !isThere
            ? isTaken
            : throw new InvalidOperationException(
                $"{PermitTable.MaxProcesses} processes hold permits, which is as many as a semaphore with {nameof(SemaphoreOptions.PermitTracking)} can tell apart ({_owner}).");
    }

    /// <summary>Takes the word, in whatever time its holder needs for a few stores; how many permits a dead holder left.</summary>
    private int Enter()
    {
        OwnedWord word = _table.Word;
        if (LockCore.TryTakeSoon(word))
        {
            return 0;
        }

        // From the dead at once, and not after a slice of waiting.
        return word.TryTakeFromDead() || LockCore.Take(_owner, word, Deadline.Never, CancellationToken.None) is true
            ? _table.Repair(ref _words.Count)
            : 0;
    }

    /// <summary>Lets go of the word and wakes waiters for permits that there are now.</summary>
    private void Exit(int permits)
    {
        _table.Word.Release();
        if (permits > 0)
        {
            _words.WakeWaiters(permits);
        }
    }

    private static unsafe void Fill(SharedCell cell, int initial, int limit)
    {
        SemaphoreWords words = new(cell.Payload);
        words.Count = initial;
        words.Limit = limit;
        if (cell.Length == TrackedSize)
        {
            new PermitTable(cell.Payload + TableOffset).Total = initial;
        }
    }

    private static long SizeFor(SemaphoreOptions? options) =>
        options is { PermitTracking: true } ? TrackedSize : SemaphoreWords.Size;

    /// <exception cref="InvalidDataException">It is no semaphore of this version.</exception>
    private static SharedCell Known(SharedCell cell, SharedKind kind, string name)
    {
        try
        {
            return Checked(cell);
        }
        catch (InvalidDataException fault)
        {
            cell.Dispose();
            throw NamedCells.Unfit(kind, name, fault.Message, fault);
        }
    }
}
