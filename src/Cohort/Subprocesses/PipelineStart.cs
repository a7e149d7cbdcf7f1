using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Subprocesses;

/// <summary>Starts the commands of a pipeline, from the first to the last.</summary>
/// <remarks>
/// Each pipe between two is open here only from the start of its writer to that of its reader: an end that stayed would keep
/// the reader from seeing the end of its input, and the writer from seeing that nobody reads.
/// </remarks>
internal static class PipelineStart
{
    /// <summary>
    /// What a pipe between two commands can hold, where their options do not say. Four times the kernel's own: the two wait for
    /// each other less often, which is worth a fifth of the throughput and more. Not larger, since what all pipes of a user
    /// may hold together has a limit (fs.pipe-user-pages-soft), beyond which it stays as it is.
    /// </summary>
    private const int PipeSize = 256 * 1024;

    /// <param name="isLive">Whether the ends are watched and redirects served though nobody waits.</param>
    public static RunningPipeline Start(Command[] commands, PipelineOptions? options, bool isLive)
    {
        options = (options ?? PipelineOptions.Default).Validated();
        SubprocessOptions[] own = [.. commands.Select((_, i) => OptionsOf(commands, i, options))];
        List<Subprocess> started = new(commands.Length);
        using OpenedFiles files = new();
        SafeFileHandle? read = null;
        try
        {
            for (int i = 0; i < commands.Length; i++)
            {
                SafeFileHandle? input = read;
                SafeFileHandle? output = null;
                read = null;
                try
                {
                    SubprocessOptions settings = input is null ? own[i] : own[i] with { StandardInput = Redirect.Handle(input) };
                    if (i < commands.Length - 1)
                    {
                        (read, output) = Pipes.Create(settings.PipeSize);
                        if (settings.PipeSize is null)
                        {
                            Pipes.TryResize(output, PipeSize);
                        }

                        settings = settings with { StandardOutput = Redirect.Handle(output) };
                    }

                    started.Add(Subprocess.Start(commands[i].Arguments, settings, isWatched: isLive, servesAtOnce: isLive, files));
                }
                finally
                {
                    input?.Dispose();
                    output?.Dispose();
                }
            }
        }
        catch
        {
            read?.Dispose();
            new RunningPipeline(commands, [.. started], options).Dispose();
            throw;
        }

        return new RunningPipeline(commands, [.. started], options);
    }

    private static SubprocessOptions OptionsOf(Command[] commands, int index, PipelineOptions options)
    {
        SubprocessOptions own = commands[index].Options.Validated();
        if (index == 0 && options.StandardInput is { } input)
        {
            own = own with { StandardInput = input };
        }

        if (index == commands.Length - 1 && options.StandardOutput is { } output)
        {
            own = own with { StandardOutput = output };
        }

        return (options.StandardError is { } error ? own with { StandardError = error } : own).Validated();
    }
}
