using System.Diagnostics;

namespace Cohort.Messaging;

/// <summary>How long a waiter spins before it sleeps in the kernel. Zero never spins.</summary>
internal readonly record struct SpinBudget(int Microseconds)
{
    public static SpinBudget None => default;

    /// <summary>The default: long enough to bridge a busy peer, none where the peer could only run on our CPU.</summary>
    public static SpinBudget Default { get; } = new(Environment.ProcessorCount > 1 ? 50 : 0);

    public long Ticks => Microseconds * Stopwatch.Frequency / 1_000_000;
}
