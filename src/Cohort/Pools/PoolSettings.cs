using Cohort.Messaging;

namespace Cohort.Pools;

/// <summary>The options of a pool with every default filled in.</summary>
internal sealed record PoolSettings(
    string Name,
    int Workers,
    byte[]? Initializer,
    WorkerContext Context,
    int Retries,
    TimeSpan CancellationGrace,
    SpinBudget Spin);
