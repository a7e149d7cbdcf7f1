using Cohort.Messaging;
using Cohort.Platform;

namespace Cohort.Pools;

/// <summary>The one page that all workers of a pool map beside their own channel: where the pool's dispatcher sleeps.</summary>
internal static class PoolBells
{
    public static SharedPages Create() => SharedPages.Create("cohort-pool", (nuint)Environment.SystemPageSize);

    public static unsafe Doorbell Host(SharedPages pages) => new(pages.Address);
}
