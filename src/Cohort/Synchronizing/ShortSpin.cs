namespace Cohort.Synchronizing;

/// <summary>The rounds that are worth spinning before a sleep: a few dozen cycles each, in all what a short critical section on another CPU takes.</summary>
internal struct ShortSpin()
{
    private static readonly int s_rounds = Environment.ProcessorCount > 1 ? 60 : 0;

    private int _left = s_rounds;

    /// <summary>Spins one round; false when it is time to sleep.</summary>
    public bool TrySpin()
    {
        if (_left == 0)
        {
            return false;
        }

        _left--;
        Thread.SpinWait(4);
        return true;
    }
}
