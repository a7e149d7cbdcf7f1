using Cohort.Pools;

namespace Cohort.Tests.Pools.Conformance;

/// <summary>One of the pools that the conformance suite is run over, and one of that kind for tests that do not end it.</summary>
public abstract class PoolKind : IDisposable
{
    private IPool? _shared;

    /// <summary>Two workers (or the caller) that the tests of one class share; each test leaves them usable.</summary>
    public IPool Shared => _shared ??= Create();

    /// <summary>Whether arguments and results are copies.</summary>
    public virtual bool Copies => false;

    public abstract IPool Create(int workers = 2, Action? initializer = null, string? name = null);

    public void Dispose()
    {
        _shared?.Dispose();
        GC.SuppressFinalize(this);
    }
}

public sealed class ProcessPoolKind : PoolKind
{
    public override bool Copies => true;

    public override IPool Create(int workers = 2, Action? initializer = null, string? name = null) => new ProcessPool(
        new ProcessPoolOptions { Workers = workers, Initializer = initializer, Name = name, CancellationGrace = TimeSpan.FromMilliseconds(20) });
}

public sealed class ThreadWorkerPoolKind : PoolKind
{
    public override IPool Create(int workers = 2, Action? initializer = null, string? name = null) =>
        new ThreadWorkerPool(new ThreadWorkerPoolOptions { Workers = workers, Initializer = initializer, Name = name });
}

public sealed class InlinePoolKind : PoolKind
{
    public override IPool Create(int workers = 2, Action? initializer = null, string? name = null) =>
        new InlinePool(new InlinePoolOptions { Initializer = initializer, Name = name });
}

// The suite over each of them. Tests that need work to go on beside the caller make no sense in the caller.

public sealed class ProcessPoolConformanceTests(ProcessPoolKind kind) : WorkerPoolConformanceTests(kind), IClassFixture<ProcessPoolKind>;

public sealed class ThreadWorkerPoolConformanceTests(ThreadWorkerPoolKind kind) : WorkerPoolConformanceTests(kind), IClassFixture<ThreadWorkerPoolKind>;

public sealed class InlinePoolConformanceTests(InlinePoolKind kind) : PoolConformanceTests(kind), IClassFixture<InlinePoolKind>;
