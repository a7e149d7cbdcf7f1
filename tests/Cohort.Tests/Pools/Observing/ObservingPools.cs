using Cohort.Pools;

namespace Cohort.Tests.Pools.Observing;

/// <summary>A pool of each kind.</summary>
public static class ObservingPools
{
    public static TheoryData<string> Kinds => [nameof(ProcessPool), nameof(ThreadWorkerPool), nameof(InlinePool)];

    public static IPool Create(string kind, string? name = null, Action? initializer = null, int workers = 2) => kind switch
    {
        nameof(ProcessPool) => new ProcessPool(new ProcessPoolOptions { Workers = workers, Name = name, Initializer = initializer }),
        nameof(ThreadWorkerPool) => new ThreadWorkerPool(new ThreadWorkerPoolOptions { Workers = workers, Name = name, Initializer = initializer }),
        _ => new InlinePool(new InlinePoolOptions { Name = name, Initializer = initializer }),
    };
}
