using System.Globalization;
using System.Text;
using Cohort.Platform;

namespace Cohort.Workers;

/// <summary>What is known of a worker's end beside its status.</summary>
internal sealed record PostMortem
{
    public static PostMortem Unknown { get; } = new();

    public TimeSpan? Runtime { get; init; }

    /// <summary>Why this process killed it; null when it did not.</summary>
    public string? ReasonOfKill { get; init; }

    /// <summary>In bytes.</summary>
    public long? PeakMemory { get; init; }

    public IReadOnlyList<string> LastErrorLines { get; init; } = [];

    /// <summary>How often the kernel has killed for want of memory, in the control group and since the pool started.</summary>
    public long OomKills { get; init; }

    /// <summary>All of it in a text for people.</summary>
    public string Describe(string workerName, int processId, int? exitCode, string? taskDescription)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        StringBuilder text = new();
        text.Append(culture, $"Worker {workerName}#{processId} {DescribeEnd(exitCode)} while it ran {taskDescription ?? "a task"}");
        if (Runtime is { } runtime)
        {
            text.Append(culture, $", after {runtime.TotalSeconds:0.###} s");
        }

        text.Append('.').Append(Hint(exitCode));
        if (PeakMemory is { } peak)
        {
            text.Append(culture, $" It had used up to {peak / 1048576.0:F0} MiB of memory.");
        }

        if (LastErrorLines.Count > 0)
        {
            text.Append(" Its last lines on standard error:");
            foreach (string line in LastErrorLines)
            {
                text.Append("\n  ").Append(line);
            }
        }

        return text.ToString();
    }

    private static string DescribeEnd(int? exitCode) => exitCode switch
    {
        null => "ended in an unknown way",
        < 0 => $"was ended by {Signal.NameOf(-exitCode.Value)}",
        _ => $"exited with code {exitCode}",
    };

    private string Hint(int? exitCode) => exitCode switch
    {
        -Signal.SIGKILL when ReasonOfKill is not null => " " + ReasonOfKill,
        -Signal.SIGKILL when OomKills > 0 =>
            $" Probable cause: want of memory, for which the kernel has killed {OomKills} of this control group's processes since the pool started.",
        -Signal.SIGKILL => " Probable causes: it was killed, by somebody or for want of memory.",
        -Signal.SIGABRT or 128 + Signal.SIGABRT =>
            " Probable causes: Environment.FailFast, a stack overflow, an exception that was unhandled on a thread of its own, or native code that aborted.",
        -Signal.SIGSEGV or 128 + Signal.SIGSEGV => " Probable causes: native or unsafe code wrote where it must not, or the stack of a native thread overflowed.",
        >= 0 => " Probable cause: the function ended the process.",
        _ => "",
    };
}
