using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Cohort.Samples.ParallelConvert;

internal static class Program
{
    private const int Failed = 1;
    private const int Usage = 2;

    private static async Task<int> Main(string[] arguments)
    {
        if (arguments.Length < 5
            || !int.TryParse(arguments[2], CultureInfo.InvariantCulture, out int atOnce) || atOnce < 1
            || !double.TryParse(arguments[3], CultureInfo.InvariantCulture, out double seconds) || seconds is not (> 0 and < 86400)
            || !Directory.Exists(arguments[0]))
        {
            await Console.Error.WriteLineAsync("usage: ParallelConvert SOURCE-FOLDER TARGET-FOLDER HOW-MANY-AT-ONCE SECONDS-EACH TOOL [ARGUMENT...]");
            return Usage;
        }

        Directory.CreateDirectory(arguments[1]);
        Converter converter = new(arguments[4..], arguments[1], TimeSpan.FromSeconds(seconds));
        using CancellationTokenSource stop = new();
        using PosixSignalRegistration registration = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });

        ConcurrentBag<Outcome> outcomes = [];
        try
        {
            // No thread waits for a tool: the bound is on processes alone.
            await Parallel.ForEachAsync(
                Directory.EnumerateFiles(arguments[0]),
                new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = stop.Token },
                async (file, cancellation) => outcomes.Add(await converter.ConvertAsync(file, cancellation)));
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("stopped");
        }

        return Report(outcomes, stop.IsCancellationRequested);
    }

    private static int Report(ConcurrentBag<Outcome> outcomes, bool isStopped)
    {
        Outcome[] failed = [.. outcomes.Where(static outcome => outcome.Fault is not null).OrderBy(static outcome => outcome.File, StringComparer.Ordinal)];
        foreach (Outcome outcome in failed)
        {
            Console.WriteLine($"{Path.GetFileName(outcome.File)}: {outcome.Fault}");
        }

        double longest = outcomes.Select(static outcome => outcome.Duration.TotalSeconds).DefaultIfEmpty().Max();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{outcomes.Count - failed.Length} of {outcomes.Count} converted, {longest:0.0} s for the longest"));
        return failed.Length > 0 || isStopped ? Failed : 0;
    }
}
