using System.Diagnostics;
using Cohort.Subprocesses;

namespace Cohort.Samples.ParallelConvert;

/// <summary>Runs a tool on one file: the file is its input, what it writes becomes the new file.</summary>
internal sealed class Converter(IReadOnlyList<string> tool, string targetFolder, TimeSpan timeout)
{
    private const int LongestComplaint = 4096;

    public async Task<Outcome> ConvertAsync(string file, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        string target = Path.Combine(targetFolder, Path.GetFileName(file));
        string unfinished = target + ".part";
        try
        {
            SubprocessOptions options = new()
            {
                StandardInput = Redirect.FromFile(file),
                StandardOutput = Redirect.ToFile(unfinished),
                StandardError = Redirect.Pipe,
                CaptureLimit = LongestComplaint,
                CaptureOverflow = CaptureOverflow.KeepTail,

                // The tool and all that it starts can be ended together.
                ProcessGroup = 0,
                Check = true,
            };
            await Subprocess.RunAsync(tool, options, timeout, cancellationToken);
            File.Move(unfinished, target, overwrite: true);
            return new Outcome(file, Stopwatch.GetElapsedTime(start), null);
        }
        catch (Exception e) when (e is SubprocessFailedException or TimeoutException or IOException or UnauthorizedAccessException)
        {
            return new Outcome(file, Stopwatch.GetElapsedTime(start), e switch
            {
                SubprocessFailedException failed => $"return code {failed.ReturnCode} {failed.ErrorOutput.Trim()}".Trim(),
                TimeoutException => $"took longer than {timeout.TotalSeconds:0.#} s",
                _ => e.Message,
            });
        }
        finally
        {
            // Also after a cancellation. A finished one has its own name already.
            File.Delete(unfinished);
        }
    }
}
