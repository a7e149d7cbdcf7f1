using Cohort.Benchmarks.Compare;

namespace Cohort.Benchmarks.Latency;

/// <summary>The command line of <c>latency</c>.</summary>
internal sealed record LatencyOptions
{
    public const string Help = """
        usage: Cohort.Benchmarks latency [--rounds N] [--trips N]

          --rounds N  measure every way N times, by turns, and count all of it; default: 3
          --trips N   round trips of an integer in each of these; default: 20000

        The peer is the newest CPython in PATH, ~/.pyenv/versions or /usr/bin; COHORT_BENCH_PYTHON names another.
        exit status: 0 measured · 2 usage · 3 a measurement failed
        """;

    private const int MostRounds = 1000;
    private const int MostTrips = 1_000_000;

    public int Rounds { get; init; } = 3;

    public int Trips { get; init; } = 20_000;

    public bool WantsHelp { get; init; }

    /// <exception cref="ArgumentException">An option is unknown, or its value is missing or makes no sense.</exception>
    public static LatencyOptions Parse(IReadOnlyList<string> arguments)
    {
        LatencyOptions options = new();
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            options = argument switch
            {
                "--rounds" => options with { Rounds = CommandRun.ParseCount(argument, Value(), MostRounds) },
                "--trips" => options with { Trips = CommandRun.ParseCount(argument, Value(), MostTrips) },
                "--help" or "-h" => options with { WantsHelp = true },
                _ => throw new ArgumentException($"'{argument}' is not known"),
            };

            string Value() => ++i < arguments.Count ? arguments[i] : throw new ArgumentException($"{argument} needs a value");
        }

        return options;
    }
}
