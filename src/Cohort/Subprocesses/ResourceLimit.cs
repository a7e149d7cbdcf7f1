namespace Cohort.Subprocesses;

/// <summary>A limit on what a command or a worker may use.</summary>
/// <param name="Soft">What holds now; the process may raise it up to the hard one. Null for no limit.</param>
/// <param name="Hard">The most that may be set; only root raises it. Null for no limit.</param>
public readonly record struct ResourceLimit(long? Soft, long? Hard)
{
    /// <summary>The same as soft and as hard limit.</summary>
    public static ResourceLimit Of(long limit) => new(limit, limit);

    /// <summary>No limit; to take one away takes a right where this process has one itself.</summary>
    public static ResourceLimit Unlimited => default;

    /// <exception cref="ArgumentOutOfRangeException">There is no such resource, or a limit is negative.</exception>
    /// <exception cref="ArgumentException">A soft limit is above the hard one.</exception>
    internal static void Validate(IReadOnlyDictionary<LimitedResource, ResourceLimit>? limits, string name)
    {
        if (limits is null)
        {
            return;
        }

        foreach ((LimitedResource resource, ResourceLimit limit) in limits)
        {
            if (!Enum.IsDefined(resource))
            {
                throw new ArgumentOutOfRangeException(name, resource, "There is no such resource.");
            }

            ArgumentOutOfRangeException.ThrowIfNegative(limit.Soft ?? 0, name);
            ArgumentOutOfRangeException.ThrowIfNegative(limit.Hard ?? 0, name);
            if ((limit.Soft ?? long.MaxValue) > (limit.Hard ?? long.MaxValue))
            {
                throw new ArgumentException($"The soft limit of {limit} is above the hard one.", name);
            }
        }
    }

    internal (ulong Soft, ulong Hard) ToNative() => ((ulong?)Soft ?? ulong.MaxValue, (ulong?)Hard ?? ulong.MaxValue);
}
