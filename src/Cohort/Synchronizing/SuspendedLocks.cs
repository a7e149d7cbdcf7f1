namespace Cohort.Synchronizing;

/// <summary>The acquisitions that asynchronous waits on conditions have given up for a while, in this process.</summary>
/// <remarks>Given up, an acquisition looks to its handles as if it were over; but it comes back, with all of them counted.</remarks>
internal static class SuspendedLocks
{
    private static readonly Lock s_gate = new();

    /// <summary>How many handles of each were disposed since.</summary>
    private static readonly Dictionary<(LockState State, long Acquisition), int> s_released = [];

    public static SuspendedLock Suspend(LockState state)
    {
        lock (s_gate)
        {
            s_released[(state, state.Acquisition)] = 0;
        }

        return state.Suspend();
    }

    /// <summary>The acquisition is on again, or lost.</summary>
    /// <returns>How many of its handles were disposed meanwhile.</returns>
    public static int End(LockState state, SuspendedLock suspended)
    {
        lock (s_gate)
        {
            return s_released.Remove((state, suspended.Acquisition), out int released) ? released : 0;
        }
    }

    /// <summary>For a handle that is disposed: whether its acquisition holds the lock. If a wait has given it up, the wait is told.</summary>
    public static bool IsOn(LockState state, long acquisition) =>
        state.Acquisition == acquisition

        // Once more, as the wait may have ended between the two.
        || (!TryTell(state, acquisition) && state.Acquisition == acquisition);

    private static bool TryTell(LockState state, long acquisition)
    {
        lock (s_gate)
        {
            bool isGivenUp = s_released.TryGetValue((state, acquisition), out int released);
            if (isGivenUp)
            {
                s_released[(state, acquisition)] = released + 1;
            }

            return isGivenUp;
        }
    }
}
