namespace Cohort.Pools;

/// <summary>Where a worker printed a line.</summary>
public enum WorkerOutputStream
{
    /// <summary>Standard output.</summary>
    StandardOutput,

    /// <summary>Standard error.</summary>
    StandardError,
}
