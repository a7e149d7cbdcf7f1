using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Cohort.Sharing;

/// <summary>A broadcast value in this process, whatever its type: one for all handles that stand for it.</summary>
internal abstract class BroadcastEntry(SharedCell cell, bool isCreator)
{
    private int _isOver;

    /// <summary>A creator's value that nobody here refers to any more is of no more use to anybody.</summary>
    ~BroadcastEntry() => End();

    /// <summary>The memory; the entry has a hold on it beside the cell's own, since finalizers run in any order.</summary>
    public SharedCell Cell { get; } = cell;

    public bool IsCreator => isCreator;

    /// <summary>The place in shared memory, by which handles find their entry.</summary>
    public CellPlace Place { get; } = cell.Location;

    /// <summary>When a handle was sent last, in ticks; 0 if never.</summary>
    public long LastSent { get; set; }

    public bool IsOver => Volatile.Read(ref _isOver) != 0;

    /// <summary>Whether the creator has disposed it. False does not say that the creator lives.</summary>
    public bool IsGone => IsOver || new BroadcastWords(Cell).IsGone;

    /// <summary>Whether nobody can send it any more.</summary>
    public bool HasLostCreator => !isCreator && (IsGone || !new BroadcastWords(Cell).Creator.IsAlive);

    /// <summary>Lets go of value and memory. Of the creator: for everybody. Idempotent.</summary>
    public void End()
    {
        // Null when a constructor did not come to its end.
        if (Cell is not null && Interlocked.Exchange(ref _isOver, 1) == 0)
        {
            if (isCreator)
            {
                new BroadcastWords(Cell) { IsGone = true };
            }

            DropValue();
            Cell.Dispose();
            Cell.LetGo();
        }
    }

    protected abstract void DropValue();
}

/// <inheritdoc cref="BroadcastEntry"/>
internal sealed class BroadcastEntry<T> : BroadcastEntry
{
    private readonly Lock _gate = new();
    private readonly Action? _undo;
    private StrongBox? _value;

    /// <summary>The creator's, with the value itself.</summary>
    /// <param name="cell">Owned.</param>
    /// <param name="value">The value.</param>
    /// <param name="undo">Gives up the handles in the message; null when there are none.</param>
    public BroadcastEntry(SharedCell cell, T value, Action? undo)
        : base(Held(cell), isCreator: true)
    {
        _value = new StrongBox(value);
        _undo = undo;
    }

    /// <summary>Another process's.</summary>
    /// <param name="cell">Owned.</param>
    public BroadcastEntry(SharedCell cell)
        : base(Held(cell), isCreator: false)
    {
    }

    /// <summary>The value, decoded by the first who asks.</summary>
    /// <returns>False when it is over.</returns>
    public bool TryGet([MaybeNullWhen(false)] out T value)
    {
        value = default;
        if (IsGone)
        {
            return false;
        }

        StrongBox? box = Volatile.Read(ref _value);
        if (box is null)
        {
            lock (_gate)
            {
                box = _value ?? Decode();
            }
        }

        value = box is null ? default : box.Value;
        return box is not null;
    }

    protected override void DropValue()
    {
        Volatile.Write(ref _value, null);
        _undo?.Invoke();
    }

    private static SharedCell Held(SharedCell cell)
    {
        bool isHeld = cell.TryHold();
        Debug.Assert(isHeld, "The cell is new here.");
        return cell;
    }

    private StrongBox? Decode()
    {
        if (!Cell.TryHold())
        {
            return null;
        }

        try
        {
            // A creator that died took nothing along that lies here, but a value that may be half of the truth by then, with
            // handles that nobody gives out any more, is refused as a whole.
            StrongBox? box = HasLostCreator ? null : new StrongBox(new BroadcastWords(Cell).Decode<T>());
            Volatile.Write(ref _value, IsOver ? null : box);
            return box;
        }
        finally
        {
            Cell.LetGo();
        }
    }

    private sealed class StrongBox(T value)
    {
        public T Value => value;
    }
}
