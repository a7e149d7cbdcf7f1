namespace Cohort.Synchronizing;

/// <summary>
/// A number that no other thread of any process has, had or will have. A managed thread id is given to another thread when
/// its own has ended, and every process counts from 1.
/// </summary>
internal static class ThreadNumber
{
    [ThreadStatic]
    private static long t_number;

    /// <summary>That of the calling thread; never 0.</summary>
    public static long Current => t_number != 0 ? t_number : t_number = Random.Shared.NextInt64(1, long.MaxValue);
}
