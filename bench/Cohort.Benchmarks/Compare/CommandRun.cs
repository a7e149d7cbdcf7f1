using System.Globalization;

namespace Cohort.Benchmarks.Compare;

/// <summary>What the commands of this program have in common.</summary>
internal static class CommandRun
{
    public const int BarMissed = 1;
    public const int UsageError = 2;
    public const int MeasurementFailed = 3;

    /// <summary>Runs a command; what it throws becomes a message and an exit status.</summary>
    public static int Run(string name, Func<int> command)
    {
        try
        {
            return command();
        }
        catch (ArgumentException e)
        {
            Console.Error.WriteLine($"{name}: {e.Message}; --help shows what is");
            return UsageError;
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or TimeoutException or UnauthorizedAccessException or CohortException)
        {
            Console.Error.WriteLine($"{name}: {e}");
            return MeasurementFailed;
        }
    }

    /// <exception cref="ArgumentException">It is no number from 1 to the most.</exception>
    public static int ParseCount(string option, string text, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count >= 1 && count <= most
            ? count
            : throw new ArgumentException($"{option} is a number from 1 to {most.ToString(CultureInfo.InvariantCulture)}, not '{text}'");
}
