using System.Globalization;
using System.Runtime.InteropServices;

namespace Cohort.Samples.Watchdog;

internal static class Program
{
    private const int Usage = 2;
    private const int CannotStart = 127;
    private const int AfterSignal = 128;
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(1);

    private static async Task<int> Main(string[] arguments)
    {
        if (arguments.Length < 3
            || !int.TryParse(arguments[0], CultureInfo.InvariantCulture, out int mostStarts) || mostStarts < 1
            || !double.TryParse(arguments[1], CultureInfo.InvariantCulture, out double seconds) || seconds is not (> 0 and <= 60))
        {
            await Console.Error.WriteLineAsync("usage: Watchdog MOST-STARTS FIRST-PAUSE-IN-SECONDS COMMAND [ARGUMENT...]");
            return Usage;
        }

        using CancellationTokenSource stop = new();
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        Supervisor supervisor = new(arguments[2..], mostStarts, new BackOff(TimeSpan.FromSeconds(seconds), s_longestPause), Console.Out);
        try
        {
            int code = await supervisor.RunAsync(stop.Token);
            return code < 0 ? AfterSignal - code : code;
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
        catch (IOException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return CannotStart;
        }

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }
}
