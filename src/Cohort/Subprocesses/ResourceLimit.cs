namespace Cohort.Subprocesses;

/// <summary>A limit on what a command may use.</summary>
/// <param name="Soft">What holds now; the command may raise it up to the hard one. Null for no limit.</param>
/// <param name="Hard">The most that may be set; only root raises it. Null for no limit.</param>
public readonly record struct ResourceLimit(long? Soft, long? Hard)
{
    /// <summary>The same as soft and as hard limit.</summary>
    public static ResourceLimit Of(long limit) => new(limit, limit);

    internal (ulong Soft, ulong Hard) ToNative() => ((ulong?)Soft ?? ulong.MaxValue, (ulong?)Hard ?? ulong.MaxValue);
}
