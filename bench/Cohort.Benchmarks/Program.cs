using BenchmarkDotNet.Running;
using Cohort.Benchmarks.Compare;
using Cohort.Benchmarks.Latency;

namespace Cohort.Benchmarks;

/// <summary><c>compare</c> measures whole workloads against peers, <c>latency</c> single round trips; anything else goes to BenchmarkDotNet.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        WorkerProcess.RunIfWorker();
        if (arguments is ["compare", ..])
        {
            return CompareCommand.Run(arguments[1..]);
        }

        if (arguments is [MeasureCommand.Name, ..])
        {
            return MeasureCommand.Run(arguments[1..]);
        }

        if (arguments is ["latency", ..])
        {
            return LatencyCommand.Run(arguments[1..]);
        }

        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(arguments);
        return 0;
    }
}
