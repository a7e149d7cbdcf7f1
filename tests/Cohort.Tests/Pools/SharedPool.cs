namespace Cohort.Tests.Pools;

/// <summary>Two workers that the tests of one class share; each test leaves them usable.</summary>
public sealed class SharedPool : IDisposable
{
    public ProcessPool Pool { get; } = new(workers: 2);

    public void Dispose() => Pool.Dispose();
}
