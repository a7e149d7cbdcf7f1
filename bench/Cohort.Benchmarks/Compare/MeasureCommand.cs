using System.Globalization;
using Cohort.Subprocesses;
using Cohort.Workers;

namespace Cohort.Benchmarks.Compare;

/// <summary>
/// One measurement of one side in a process that does nothing else. The framework's <c>Process</c> installs a handler for ended
/// children, and with it a thread that wakes at every end: in one process, each library would pay for that of another.
/// </summary>
internal static class MeasureCommand
{
    public const string Name = "measure";
    private const string Ours = "ours";
    private const string Peer = "peer";

    /// <summary>What <see cref="Alone"/> starts: prints the figure.</summary>
    public static int Run(IReadOnlyList<string> arguments) => CommandRun.Run(Name, () =>
    {
        Func<double>? measure = arguments is [string name, Ours or Peer] && Rows.All.FirstOrDefault(row => row.Name == name) is { } row
            ? arguments[1] == Ours ? row.Measure : row.MeasurePeer
            : null;
        if (measure is null)
        {
            throw new ArgumentException($"'{string.Join(' ', arguments)}' is no row of this program with '{Ours}' or '{Peer}'");
        }

        // The first does not count: nothing was compiled before.
        measure();
        Console.WriteLine(measure().ToString("R", CultureInfo.InvariantCulture));
        return 0;
    });

    /// <summary>Measures in a process of its own.</summary>
    /// <param name="row">The row.</param>
    /// <param name="isPeer">Whether its peer is measured.</param>
    /// <exception cref="InvalidOperationException">The measurement failed; the message has what it wrote.</exception>
    public static double Alone(Row row, bool isPeer)
    {
        string side = isPeer ? Peer : Ours;
        CompletedSubprocess run = Subprocess.Run([.. EntryAssembly.Command.Arguments, Name, row.Name, side], Captured);
        return run.ReturnCode == 0
            ? double.Parse(run.Output, NumberStyles.Float, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"{row.Name} ({side}) failed with {run.ReturnCode}:\n{run.ErrorOutput}");
    }

    /// <summary>What a peer in a process of its own writes is read.</summary>
    public static SubprocessOptions Captured { get; } = new() { StandardOutput = Redirect.Pipe, StandardError = Redirect.Pipe };
}
