using System.Diagnostics.CodeAnalysis;

namespace Cohort.Pools;

/// <summary>What is to be sent to workers: higher priorities first; within one, the single tasks as a whole and each map take turns.</summary>
internal sealed class ReadyTasks
{
    /// <summary>So many levels are kept though they are empty: to look through them costs less than to make them anew.</summary>
    private const int KeptLevels = 8;

    private const int AlwaysSwept = 64;

    /// <summary>How many were abandoned since all were looked through.</summary>
    private int _abandoned;

    /// <summary>By falling priority. Nearly always there is one.</summary>
    private readonly List<Level> _levels = [];

    public bool IsEmpty => !_levels.Exists(static level => !level.IsEmpty);

    /// <summary>How many priorities are looked through, those included of which nothing waits just now.</summary>
    public int LevelCount => _levels.Count;

    /// <summary>Single tasks that wait.</summary>
    public int Count
    {
        get
        {
            int count = 0;
            foreach (Level level in _levels)
            {
                count += level.Tasks.Count;
            }

            return count;
        }
    }

    /// <summary>Calls that wait, those of maps included.</summary>
    public long CallCount => _levels.Sum(static level => level.Tasks.CallCount + level.Sources.Sum(static source => (long)source.Left));

    public bool HasSources => _levels.Exists(static level => level.Sources.Count > 0);

    public void PushBack(WorkItem item) => LevelOf(item.Options.Priority).Tasks.PushBack(item);

    /// <summary>For a task that comes back from a worker: it was the next before.</summary>
    public void PushFront(WorkItem item) => LevelOf(item.Options.Priority).Tasks.PushFront(item);

    public void Add(WorkSource source) => LevelOf(source.Options.Priority).Add(source);

    /// <param name="workers">Among how many the rest of a map is shared.</param>
    /// <param name="item">The next that is still wanted.</param>
    public bool TryNext(int workers, [MaybeNullWhen(false)] out WorkItem item)
    {
        int index = 0;
        while (index < _levels.Count)
        {
            if (_levels[index].TryNext(workers, out item))
            {
                return true;
            }

            if (_levels.Count > KeptLevels && _levels[index].IsEmpty)
            {
                _levels.RemoveAt(index);
            }
            else
            {
                index++;
            }
        }

        item = null;
        return false;
    }

    /// <summary>
    /// Something that may wait here is not wanted any more. It is let go of now or, where many wait, when half of them are like
    /// it: thousands that are cancelled one by one are not looked through each time.
    /// </summary>
    public void NoteAbandoned()
    {
        _levels.ForEach(static level => level.Sources.RemoveAll(static source => source.IsExhausted));
        int count = Count;
        if (++_abandoned >= count / 2 || count < AlwaysSwept)
        {
            _abandoned = 0;
            _levels.ForEach(static level => level.DropAbandoned());
        }
    }

    /// <summary>Everything fails.</summary>
    public void Abort(Exception reason)
    {
        foreach (Level level in _levels)
        {
            while (level.Tasks.TryPopFront(out WorkItem? waiting))
            {
                waiting.Abort(reason);
            }

            level.Sources.ForEach(source => source.Abort(reason));
            level.Sources.Clear();
        }
    }

    /// <summary>How many tasks are so many rounds that each map, and the single tasks, have had equally many turns.</summary>
    /// <param name="least">At least so many tasks.</param>
    public int WholeRounds(int least)
    {
        int turns = Math.Max(_levels.Find(static level => !level.IsEmpty)?.Turns ?? 1, 1);
        return (least + turns - 1) / turns * turns;
    }

    private Level LevelOf(int priority)
    {
        int index = 0;
        while (index < _levels.Count && _levels[index].Priority > priority)
        {
            index++;
        }

        if (index == _levels.Count || _levels[index].Priority != priority)
        {
            _levels.Insert(index, new Level(priority));
        }

        return _levels[index];
    }

    private sealed class Level(int priority)
    {
        /// <summary>Whose turn it was: 0 for the single tasks, else a map's place plus one.</summary>
        private int _turn;

        /// <summary>
        /// How many calls a map may hand out at a turn, as of the last round. The first map to know how long its items take would
        /// otherwise fill the workers with chunks of full size while the others still try out single items.
        /// </summary>
        private int _limit = int.MaxValue;

        public int Priority { get; } = priority;

        public WorkDeque Tasks { get; } = new();

        public List<WorkSource> Sources { get; } = [];

        /// <summary>How many share.</summary>
        public int Turns => Sources.Count + (Tasks.Count > 0 ? 1 : 0);

        public bool IsEmpty => Tasks.Count == 0 && Sources.Count == 0;

        public bool TryNext(int workers, [MaybeNullWhen(false)] out WorkItem item)
        {
            for (int turns = Sources.Count + 1; turns > 0; turns--)
            {
                _turn = (_turn + 1) % (Sources.Count + 1);
                if (_turn == 0)
                {
                    _limit = FindLimit();
                }

                if (_turn == 0 ? TryPop(out item) : TryCut(workers, out item))
                {
                    return true;
                }
            }

            item = null;
            return false;
        }

        public void Add(WorkSource source)
        {
            Sources.Add(source);
            _limit = Math.Min(_limit, source.LimitForOthers);
        }

        public void DropAbandoned()
        {
            for (int count = Tasks.Count; count > 0 && Tasks.TryPopFront(out WorkItem? item); count--)
            {
                if (!item.IsAbandoned)
                {
                    Tasks.PushBack(item);
                }
            }
        }

        private int FindLimit()
        {
            int limit = int.MaxValue;
            foreach (WorkSource source in Sources)
            {
                limit = Math.Min(limit, source.LimitForOthers);
            }

            return limit;
        }

        private bool TryPop([MaybeNullWhen(false)] out WorkItem item)
        {
            while (Tasks.TryPopFront(out item))
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
            WorkSource source = Sources[_turn - 1];
            bool found = source.TryNext(workers, _limit, out item);
            if (source.IsExhausted)
            {
                // The next one moves to its place, and has its turn then.
                Sources.RemoveAt(--_turn);
            }

            return found;
        }
    }
}
