using System.Diagnostics;
using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>Something on shared memory that a waiter looks at again and again.</summary>
internal interface IRingCondition
{
    bool Holds();
}

/// <summary>Spin, then sleep at a doorbell, until a condition on shared memory holds.</summary>
internal static class RingWait
{
    /// <summary>False when the deadline passed first. The condition is a struct, so that a wait allocates nothing.</summary>
    public static bool Until<TCondition>(
        TCondition condition, Doorbell bell, Want wanted, SpinBudget spin, Deadline deadline)
        where TCondition : struct, IRingCondition
    {
        if (condition.Holds() || Spin(ref condition, spin))
        {
            return true;
        }

        while (true)
        {
            int ticket = bell.Announce(wanted);
            if (condition.Holds())
            {
                bell.Withdraw();
                return true;
            }

            if (deadline.HasPassed)
            {
                bell.Withdraw();
                return false;
            }

            bell.Sleep(ticket, deadline.RemainingMilliseconds);
            if (condition.Holds())
            {
                return true;
            }
        }
    }

    /// <summary>Whether it came to hold before the time was over.</summary>
    public static bool Spin<TCondition>(ref TCondition condition, SpinBudget spin)
        where TCondition : struct, IRingCondition
    {
        if (spin.Microseconds == 0)
        {
            return false;
        }

        long end = Stopwatch.GetTimestamp() + spin.Ticks;
        do
        {
            for (int i = 0; i < 16; i++)
            {
                Thread.SpinWait(4);
                if (condition.Holds())
                {
                    return true;
                }
            }
        }
        while (Stopwatch.GetTimestamp() < end);
        return false;
    }
}
