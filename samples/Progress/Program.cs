using System.Globalization;
using Cohort.Pools;
using Spectre.Console;

namespace Cohort.Samples.Progress;

internal static class Program
{
    private const int Usage = 2;

    private static async Task<int> Main(string[] arguments)
    {
        if (arguments.Length > 1 || !int.TryParse(arguments.FirstOrDefault("20000"), CultureInfo.InvariantCulture, out int limit) || limit < 1)
        {
            await Console.Error.WriteLineAsync("usage: Progress [up to which number, at least 1]");
            return Usage;
        }

        await using ProcessPool pool = new();
        bool[] primes = AnsiConsole.Profile.Out.IsTerminal
            ? await AnsiConsole.Progress().Columns(BarProgress.Columns).StartAsync(bars => TestAsync(pool, limit, new BarProgress(bars.AddTask("starting"))))
            : await TestAsync(pool, limit, new LineProgress());
        Console.WriteLine($"primes up to {limit}: {primes.Count(static isPrime => isPrime)}");
        return 0;
    }

    private static Task<bool[]> TestAsync(ProcessPool pool, int limit, IProgress<PoolProgress> progress) =>
        pool.With(new TaskOptions { Progress = progress }).MapAsync(IsPrime, Enumerable.Range(1, limit));

    /// <summary>Slow on purpose.</summary>
    private static bool IsPrime(int number)
    {
        for (int divisor = 2; divisor < number; divisor++)
        {
            if (number % divisor == 0)
            {
                return false;
            }
        }

        return number > 1;
    }
}
