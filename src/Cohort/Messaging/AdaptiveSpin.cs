using System.Diagnostics;

namespace Cohort.Messaging;

/// <summary>Spins as long as that has been worth it: less after each spin in vain, all again once what came was quick.</summary>
internal sealed class AdaptiveSpin(SpinBudget most)
{
    private readonly SpinBudget _least = new(Math.Min(most.Microseconds, 2));

    /// <summary>Within a message: the other side is at it, unless it has lost its processor.</summary>
    private readonly SpinBudget _certain = new(most.Microseconds * 4);

    /// <summary>A guess; that threads write it at once does no harm.</summary>
    private volatile int _microseconds = most.Microseconds;

    /// <summary>How long to spin now.</summary>
    public SpinBudget Budget => new(_microseconds);

    /// <summary>Whether the condition came to hold.</summary>
    /// <param name="condition">What is waited for.</param>
    /// <param name="isCertain">Whether it is known to come soon, however it was before.</param>
    public bool Until<TCondition>(TCondition condition, bool isCertain)
        where TCondition : struct, IRingCondition
    {
        bool holds = RingWait.Spin(ref condition, isCertain ? _certain : Budget);
        if (holds || !isCertain)
        {
            NoteSpin(holds);
        }

        return holds;
    }

    /// <summary>After a spin of the <see cref="Budget"/>.</summary>
    public void NoteSpin(bool wasWorthIt) =>
        _microseconds = wasWorthIt ? most.Microseconds : Math.Max(_microseconds / 2, _least.Microseconds);

    /// <summary>After a sleep.</summary>
    public void NoteSleep(long startedAt)
    {
        if (Stopwatch.GetTimestamp() - startedAt < most.Ticks)
        {
            _microseconds = most.Microseconds;
        }
    }
}
