using Cohort.Benchmarks.Compare;

namespace Cohort.Benchmarks.Latency;

/// <summary>How long single round trips take: the middle of them and the slowest.</summary>
internal static class LatencyCommand
{
    public static int Run(IReadOnlyList<string> arguments) => CommandRun.Run("latency", () =>
    {
        LatencyOptions options = LatencyOptions.Parse(arguments);
        if (options.WantsHelp)
        {
            Console.WriteLine(LatencyOptions.Help);
            return 0;
        }

        Measure(options);
        return 0;
    });

    private static void Measure(LatencyOptions options)
    {
        CPython? python = CPython.FindNewest();
        Console.WriteLine(
            $".NET {Environment.Version}, {Environment.ProcessorCount} processors, {options.Rounds} rounds of {options.Trips} round trips; microseconds");
        Console.WriteLine(python?.Description ?? "no CPython 3 was found");

        IReadOnlyList<Way> ways = Ways.All(python);
        for (int round = 0; round < options.Rounds; round++)
        {
            foreach (Way way in round % 2 == 0 ? ways : ways.Reverse())
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                way.Add(options.Trips);
                Console.Error.Write($"\rround {round + 1} of {options.Rounds}: {way.Name,-20}");
            }
        }

        Console.Error.WriteLine();
        string[] heads = ["way", "calls", "spinning", "p50", "p99", "p99.9", "max"];
        MarkdownTable.Write([heads, .. ways.Select(static way => way.Describe())], static column => column >= 3, Console.Out);
    }
}
