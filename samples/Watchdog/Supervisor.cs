using System.Diagnostics;
using System.Globalization;
using Cohort.Subprocesses;

namespace Cohort.Samples.Watchdog;

/// <summary>Runs a command again and again until it ends with code 0, or has failed too often.</summary>
internal sealed class Supervisor(IReadOnlyList<string> command, int mostStarts, BackOff backOff, TextWriter log)
{
    /// <returns>The last return code.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled; the command is ended by then.</exception>
    /// <exception cref="IOException">It cannot be started, which no second start would cure.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        for (int start = 1; ; start++)
        {
            long begin = Stopwatch.GetTimestamp();
            int code = await RunOnceAsync(cancellationToken);
            if (code == 0 || start == mostStarts)
            {
                return code;
            }

            TimeSpan pause = backOff.After(Stopwatch.GetElapsedTime(begin));
            Write('*', string.Create(CultureInfo.InvariantCulture, $"again in {pause.TotalSeconds:0.###} s"));
            await Task.Delay(pause, cancellationToken);
        }
    }

    private async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        SubprocessOptions options = new()
        {
            StandardInput = Redirect.Null,
            StandardOutput = Redirect.Pipe,
            StandardError = Redirect.Pipe,

            // Whatever it starts ends with it.
            ProcessGroup = 0,
        };
        await using Subprocess process = Subprocess.Start(command, options);
        Write('*', "started");
        await foreach (SubprocessLine line in process.Lines(cancellationToken))
        {
            Write(line.IsError ? '!' : '|', line.Text);
        }

        int code = await process.WaitAsync(cancellationToken: cancellationToken);
        Write('*', $"ended with {code}");
        return code;
    }

    private void Write(char kind, string text) =>
        log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {kind} {text}"));
}
