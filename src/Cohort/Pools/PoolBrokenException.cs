namespace Cohort;

/// <summary>A pool cannot go on: its initializer failed, or its workers end before they are ready.</summary>
public sealed class PoolBrokenException : CohortException
{
    internal PoolBrokenException(string message, Exception? cause)
        : base(message, cause)
    {
    }
}
