using System.Diagnostics.CodeAnalysis;

namespace Cohort.Pools;

/// <summary>What waits for a thread: single items, and maps that are cut up as threads get free. Used under a lock.</summary>
/// <remarks>The single items as a whole and each map take turns, so that none of them holds up the others.</remarks>
internal sealed class FairQueue
{
    private readonly Queue<WorkItem> _items = new();
    private readonly List<WorkSource> _sources = [];

    /// <summary>Whose turn it was: 0 for the single items, else a source's place plus one.</summary>
    private int _turn;

    /// <summary>Calls that wait.</summary>
    public long CallCount => _items.Sum(static item => (long)item.Count) + _sources.Sum(static source => (long)source.Left);

    public void Add(WorkItem item) => _items.Enqueue(item);

    public void Add(WorkSource source) => _sources.Add(source);

    /// <summary>The next item that is still wanted.</summary>
    /// <param name="workers">Among how many workers a map is shared.</param>
    /// <param name="item">What to run.</param>
    public bool TryNext(int workers, [MaybeNullWhen(false)] out WorkItem item)
    {
        for (int turns = _sources.Count + 1; turns > 0; turns--)
        {
            _turn = (_turn + 1) % (_sources.Count + 1);
            if (_turn == 0 ? TryDequeue(out item) : TryCut(workers, out item))
            {
                return true;
            }
        }

        item = null;
        return false;
    }

    /// <summary>Lets go of what is not wanted any more.</summary>
    public void DropAbandoned()
    {
        for (int count = _items.Count; count > 0; count--)
        {
            WorkItem item = _items.Dequeue();
            if (!item.IsAbandoned)
            {
                _items.Enqueue(item);
            }
        }

        _sources.RemoveAll(static source => source.IsExhausted);
        _turn = Math.Min(_turn, _sources.Count);
    }

    /// <summary>Empties it; everything in it fails.</summary>
    public void Abort(Exception reason)
    {
        while (_items.TryDequeue(out WorkItem? item))
        {
            item.Abort(reason);
        }

        foreach (WorkSource source in _sources)
        {
            source.Abort(reason);
        }

        _sources.Clear();
        _turn = 0;
    }

    private bool TryDequeue([MaybeNullWhen(false)] out WorkItem item)
    {
        while (_items.TryDequeue(out item))
        {
            if (!item.IsAbandoned)
            {
                return true;
            }
        }

        return false;
    }

    private bool TryCut(int workers, [MaybeNullWhen(false)] out WorkItem item)
    {
        WorkSource source = _sources[_turn - 1];
        bool found = source.TryNext(workers, out item);
        if (source.IsExhausted)
        {
            // The next one moves to its place, and has its turn then.
            _sources.RemoveAt(--_turn);
        }

        return found;
    }
}
