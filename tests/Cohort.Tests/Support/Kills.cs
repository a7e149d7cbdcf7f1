using System.Globalization;

namespace Cohort.Tests.Support;

/// <summary>How many processes a fault test kills: enough for every run, or as many as a long run by hand asks for.</summary>
internal static class Kills
{
    /// <summary>What a fault test may take at most, whatever is asked for. Each wait inside has a watchdog of its own.</summary>
    public const int Limit = 3_600_000;

    private static readonly string? s_wanted = Environment.GetEnvironmentVariable("COHORT_TEST_KILLS");

    /// <param name="usual">How many of them in a run of the whole suite.</param>
    public static int InsteadOf(int usual) => s_wanted is null ? usual : int.Parse(s_wanted, CultureInfo.InvariantCulture);
}
