using System.Globalization;
using System.Text.Json;
using Cohort.Subprocesses;

namespace Cohort.Benchmarks.Compare;

/// <summary>The newest CPython of this machine, and the peer scripts that it runs.</summary>
internal sealed class CPython
{
    private const string Probe = "import sys, platform; print(platform.python_implementation(), '.'.join(map(str, sys.version_info[:3])))";

    private readonly string _executable;

    private CPython(string executable, Version version)
    {
        _executable = executable;
        Version = version;
    }

    public Version Version { get; }

    public string Description => $"CPython {Version} ({_executable})";

    /// <summary>Null when there is none.</summary>
    public static CPython? FindNewest() =>
        Environment.GetEnvironmentVariable("COHORT_BENCH_PYTHON") is { Length: > 0 } chosen
            ? TryProbe(chosen) ?? throw new InvalidOperationException($"COHORT_BENCH_PYTHON={chosen} is no CPython 3 that runs")
            : Candidates().Select(TryProbe).OfType<CPython>().MaxBy(static python => python.Version);

    /// <summary>Runs the row of the peer script.</summary>
    /// <exception cref="InvalidOperationException">The script failed.</exception>
    public double Measure(Row row)
    {
        using JsonDocument line = RunPeer("cpython_bench.py", row.PeerName ?? row.Name);
        string? unit = line.RootElement.GetProperty("unit").GetString();
        return unit == row.Unit
            ? line.RootElement.GetProperty("value").GetDouble()
            : throw new InvalidOperationException($"{row.Name} is in {row.Unit} here and in {unit} in the script of {Description}");
    }

    /// <summary>Microseconds of each of the round trips of an integer through a <c>Pipe</c>, unsorted.</summary>
    /// <exception cref="InvalidOperationException">The script failed.</exception>
    public double[] MeasureLatencies(int trips)
    {
        using JsonDocument line = RunPeer("cpython_latency.py", trips.ToString(CultureInfo.InvariantCulture));
        return [.. line.RootElement.EnumerateArray().Select(static trip => trip.GetDouble())];
    }

    private JsonDocument RunPeer(string script, string argument)
    {
        CompletedSubprocess peer = Subprocess.Run([_executable, Path.Combine(AppContext.BaseDirectory, "peers", script), argument], MeasureCommand.Captured);
        return peer.ReturnCode == 0
            ? JsonDocument.Parse(peer.OutputBytes)
            : throw new InvalidOperationException(
                $"{Description} failed at {argument} of {script} with {peer.ReturnCode}:\n{peer.ErrorOutput}");
    }

    private static IEnumerable<string> Candidates()
    {
        string pyenv = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pyenv", "versions");
        IEnumerable<string> folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Concat(Directory.Exists(pyenv) ? Directory.GetDirectories(pyenv).Select(static version => Path.Combine(version, "bin")) : [])
            .Append("/usr/bin")
            .Append("/usr/local/bin");

        // A shim of pyenv only stands for one of the versions that are listed anyway.
        return folders
            .Where(static folder => folder.Length > 0 && Directory.Exists(folder) && !folder.Contains("/shims", StringComparison.Ordinal))
            .SelectMany(static folder => Directory.GetFiles(folder, "python3*"))
            .Where(static path => Path.GetFileName(path)["python3".Length..].All(static letter => letter == '.' || char.IsAsciiDigit(letter)))
            .Select(static path => new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path)
            .Distinct(StringComparer.Ordinal);
    }

    private static CPython? TryProbe(string executable)
    {
        try
        {
            CompletedSubprocess probe = Subprocess.Run([executable, "-c", Probe], MeasureCommand.Captured);
            return probe.ReturnCode == 0 && probe.Output.Split() is ["CPython", string version, ..] && Version.TryParse(version, out Version? parsed) && parsed.Major == 3
                ? new CPython(executable, parsed)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{executable} does not run: {e.Message}"));
            return null;
        }
    }
}
