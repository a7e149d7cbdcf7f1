using System.Globalization;

namespace Cohort.Samples.DocIndex;

/// <summary>What the command line asks for.</summary>
internal sealed record Options
{
    public const string Help = """
        Builds a word index over the XML documentation of the installed .NET SDK and compares one worker process, threads
        and several worker processes at it.

        usage: DocIndex [--path DIR] [--workers N] [--only one|threads|workers] [--top N]
                        [--query WORDS] [--chaos] [--save FILE] [--help]

          --path DIR     index every *.xml below DIR; default: packs/*/*/ref of the installed SDK
          --workers N    threads and worker processes to use; default: the processors that this process may use
          --only WHICH   build the index one way only, once; default: all three, twice, or workers when there is a query
          --top N        rows of each list; default: 15
          --query WORDS  the members, types and files that have all the words, the best first
          --chaos        kill a random worker every 200 ms; the index must come out the same, byte for byte
          --save FILE    write the index, in its canonical form, to FILE
          --help         this text

        exit status: 0 done · 1 done, but some files or folders were skipped (named on standard error) · 2 usage ·
                     3 nothing to index · 4 the ways did not agree, or the workers failed · 130 Ctrl+C
        """;

    public string? Folder { get; init; }

    public int Workers { get; init; } = WorkerProcess.CpuCount;

    public RunnerChoice? Only { get; init; }

    public int Top { get; init; } = 15;

    public string? Query { get; init; }

    public bool HasChaos { get; init; }

    public string? SaveTo { get; init; }

    public bool WantsHelp { get; init; }

    public RunnerChoice Choice => Only ?? (Query is null ? RunnerChoice.All : RunnerChoice.Workers);

    /// <exception cref="UsageException">An option is unknown, or its value is missing or makes no sense.</exception>
    public static Options Parse(IReadOnlyList<string> arguments)
    {
        Options options = new();
        for (int i = 0; i < arguments.Count; i++)
        {
            // "--path=DIR" is the same as "--path DIR".
            string[] parts = arguments[i].Split('=', 2);
            string name = parts[0];
            options = name switch
            {
                "--path" => options with { Folder = Value() },
                "--workers" => options with { Workers = Number(name, Value(), 1024) },
                "--only" => options with { Only = Choose(Value()) },
                "--top" => options with { Top = Number(name, Value(), 10_000) },
                "--query" => options with { Query = Value() },
                "--chaos" when parts.Length == 1 => options with { HasChaos = true },
                "--save" => options with { SaveTo = Value() },
                "--help" or "-h" => options with { WantsHelp = true },
                _ => throw new UsageException($"'{arguments[i]}' is not known"),
            };

            string Value()
            {
                string? value = parts.Length == 2 ? parts[1] : ++i < arguments.Count ? arguments[i] : null;
                return string.IsNullOrWhiteSpace(value) ? throw new UsageException($"{name} needs a value") : value;
            }
        }

        return options.Validate();
    }

    private Options Validate()
    {
        if (WantsHelp)
        {
            return this;
        }

        if (HasChaos && Choice is RunnerChoice.Threads)
        {
            throw new UsageException("--chaos kills worker processes, and --only threads has none");
        }

        return Query is not null && Searching.QueryWords.Of(Query).Count == 0
            ? throw new UsageException($"'{Query}' has no word in it")
            : this;
    }

    private static int Number(string name, string text, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= 1 && value <= most
            ? value
            : throw new UsageException($"{name} is a number from 1 to {most}, not '{text}'");

    private static RunnerChoice Choose(string text) => text switch
    {
        "one" => RunnerChoice.One,
        "threads" => RunnerChoice.Threads,
        "workers" => RunnerChoice.Workers,
        _ => throw new UsageException($"--only is one, threads or workers, not '{text}'"),
    };
}
