namespace Cohort;

/// <summary>A pool cannot go on: its initializer failed, its workers end before they are ready, or more of them died than <see cref="ProcessPoolOptions.RestartLimit"/> allows.</summary>
public sealed class PoolBrokenException : CohortException
{
    internal PoolBrokenException(string message, Exception? cause)
        : base(message, cause)
    {
    }
}
