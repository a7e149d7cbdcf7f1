namespace Cohort.Benchmarks.Compare;

/// <summary>The command line of <c>compare</c>.</summary>
internal sealed record CompareOptions
{
    public const string Help = """
        usage: Cohort.Benchmarks compare [--rounds N] [--json FILE] [--list] [ROW...]

          --rounds N   measure every row N times on each side and take the medians; default: 5
          --json FILE  write [{"name", "unit", "better", "ours", "peer"}, ...] to FILE ("peer" is null without one)
          --list       print the names of the rows and end
          ROW...       only these rows

        The peer is the newest CPython in PATH, ~/.pyenv/versions or /usr/bin; COHORT_BENCH_PYTHON names another.
        exit status: 0 measured and every bar met · 1 a bar missed · 2 usage · 3 a measurement failed
        """;

    public int Rounds { get; init; } = 5;

    public string? JsonFile { get; init; }

    public bool ListsRows { get; init; }

    public bool WantsHelp { get; init; }

    public IReadOnlyList<string> Rows { get; init; } = [];

    /// <exception cref="ArgumentException">An option is unknown, or its value is missing or makes no sense.</exception>
    public static CompareOptions Parse(IReadOnlyList<string> arguments)
    {
        CompareOptions options = new();
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            options = argument switch
            {
                "--rounds" => options with { Rounds = CommandRun.ParseCount(argument, Value(), 1000) },
                "--json" => options with { JsonFile = Value() },
                "--list" => options with { ListsRows = true },
                "--help" or "-h" => options with { WantsHelp = true },
                _ when argument.StartsWith('-') => throw new ArgumentException($"'{argument}' is not known"),
                _ => options with { Rows = [.. options.Rows, argument] },
            };

            string Value() => ++i < arguments.Count ? arguments[i] : throw new ArgumentException($"{argument} needs a value");
        }

        return options;
    }
}
