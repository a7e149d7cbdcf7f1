using Cohort.Workers;

namespace Cohort.Tests.Pools;

public sealed class PoolWarmUpTests
{
    /// <summary>No startup hook has run in this process, as in a worker that comes in by RunIfWorker.</summary>
    [Fact]
    public void More_ProcessWithoutStartupHook_HasThePoolsPart()
    {
        Assert.NotNull(WarmUp.More);
        Assert.Equal("Cohort.Pools", WarmUp.More.Method.DeclaringType?.Namespace);
    }
}
