using System.Diagnostics.CodeAnalysis;

namespace Cohort.Pools;

/// <summary>Work in order, with both ends open: what comes back from a worker goes to the front again.</summary>
internal sealed class WorkDeque
{
    private WorkItem?[] _items = new WorkItem?[16];
    private int _first;

    public int Count { get; private set; }

    /// <summary>The oldest; there must be one.</summary>
    public WorkItem First => _items[_first]!;

    /// <summary>The newest; there must be one.</summary>
    public WorkItem Last => _items[Index(Count - 1)]!;

    /// <summary>How many calls all of them hold.</summary>
    public long CallCount
    {
        get
        {
            long calls = 0;
            for (int i = 0; i < Count; i++)
            {
                calls += _items[Index(i)]!.Count;
            }

            return calls;
        }
    }

    public void PushBack(WorkItem item)
    {
        Grow();
        _items[Index(Count++)] = item;
    }

    public void PushFront(WorkItem item)
    {
        Grow();
        _first = Index(-1);
        _items[_first] = item;
        Count++;
    }

    public bool TryPopFront([MaybeNullWhen(false)] out WorkItem item)
    {
        if (Count == 0)
        {
            item = null;
            return false;
        }

        item = _items[_first]!;
        _items[_first] = null;
        _first = Index(1);
        Count--;
        return true;
    }

    public WorkItem PopBack()
    {
        int index = Index(Count - 1);
        WorkItem item = _items[index]!;
        _items[index] = null;
        Count--;
        return item;
    }

    public bool Any(Predicate<WorkItem> match)
    {
        for (int i = 0; i < Count; i++)
        {
            if (match(_items[Index(i)]!))
            {
                return true;
            }
        }

        return false;
    }

    private int Index(int offset) => (_first + offset) & (_items.Length - 1);

    private void Grow()
    {
        if (Count == _items.Length)
        {
            WorkItem?[] larger = new WorkItem?[_items.Length * 2];
            for (int i = 0; i < Count; i++)
            {
                larger[i] = _items[Index(i)];
            }

            _items = larger;
            _first = 0;
        }
    }
}
