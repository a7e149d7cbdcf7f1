using Cohort.Pools;

namespace Cohort.Samples.Progress;

/// <summary>For output that is no terminal: a line for each report.</summary>
internal sealed class LineProgress : IProgress<PoolProgress>
{
    public void Report(PoolProgress value) => Console.WriteLine(BarProgress.Describe(value));
}
