namespace Cohort.Pools;

/// <summary>The places of a pool's workers: each takes the lowest that is free, so that a replacement gets that of the one it replaces.</summary>
internal sealed class WorkerSlots
{
    private readonly Lock _gate = new();
    private readonly List<bool> _taken = [];

    public int Take()
    {
        lock (_gate)
        {
            int free = _taken.IndexOf(false);
            if (free < 0)
            {
                free = _taken.Count;
                _taken.Add(true);
            }

            _taken[free] = true;
            return free;
        }
    }

    public void Give(int slot)
    {
        lock (_gate)
        {
            _taken[slot] = false;
        }
    }
}
