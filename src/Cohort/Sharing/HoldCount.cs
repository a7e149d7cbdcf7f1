namespace Cohort.Sharing;

/// <summary>Counts who needs something until the last lets go, among them whoever made it. A field, never a copy of one.</summary>
internal struct HoldCount()
{
    private int _holds = 1;

    /// <summary>Whether several need it.</summary>
    public bool IsShared => Volatile.Read(ref _holds) > 1;

    /// <summary>One more; false when the last has let go already.</summary>
    public bool TryAdd()
    {
        int holds = Volatile.Read(ref _holds);
        while (holds > 0)
        {
            int seen = Interlocked.CompareExchange(ref _holds, holds + 1, holds);
            if (seen == holds)
            {
                return true;
            }

            holds = seen;
        }

        return false;
    }

    /// <summary>One less; true when it was the last, who then releases what was held.</summary>
    public bool Remove() => Interlocked.Decrement(ref _holds) == 0;
}
