using System.Runtime.InteropServices;
using Cohort.Platform;
using Cohort.Subprocesses;
using Cohort.Utils;

namespace Cohort;

public sealed partial class Subprocess
{
    /// <summary>Starts a command and returns once it runs, which takes about half a millisecond.</summary>
    /// <param name="command">
    /// The program and its arguments, as they are: no shell reads them. A program without '/' is searched in the PATH that the
    /// command gets; a relative path is seen from its working directory.
    /// </param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="ArgumentException">The command is empty, a text holds a zero character, or options contradict each other.</exception>
    /// <exception cref="FileNotFoundException">There is no such program, its interpreter is missing, or a file to redirect from is.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such working directory.</exception>
    /// <exception cref="UnauthorizedAccessException">A file to redirect may not be opened.</exception>
    /// <exception cref="IOException">The system refuses: not executable, arguments too long, no descriptor or process left; <c>HResult</c> is the error number.</exception>
    /// <exception cref="PlatformNotSupportedException">Not Linux on x86-64 or arm64.</exception>
    public static Subprocess Start(IReadOnlyList<string> command, SubprocessOptions? options = null) =>
        Start(command, options, isWatched: true, servesAtOnce: true);

    /// <summary>The command that has a shell read a script: <c>sh -c script</c>. Nothing else here uses a shell.</summary>
    /// <param name="script">The script. What comes from outside belongs into <paramref name="arguments"/>, where a shell does not read it.</param>
    /// <param name="arguments">What the script sees as <c>$1</c>, <c>$2</c> and so on.</param>
    public static IReadOnlyList<string> Shell(string script, params ReadOnlySpan<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(script);
        return arguments.Length == 0 ? ["/bin/sh", "-c", script] : ["/bin/sh", "-c", script, "sh", .. arguments];
    }

    /// <param name="isWatched">Whether the end is seen though nobody waits.</param>
    /// <param name="servesAtOnce">Whether redirects that this process serves are served in the background.</param>
    /// <param name="files">Those that other commands of the same start write to as well; null when there is none.</param>
    internal static Subprocess Start(
        IReadOnlyList<string> command, SubprocessOptions? options, bool isWatched, bool servesAtOnce, OpenedFiles? files = null)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (command.Count == 0)
        {
            throw new ArgumentException("A command needs a program.", nameof(command));
        }

        string[] words = [.. command];
        options = (options ?? SubprocessOptions.Default).Validated();
        StandardStreams streams = new(options, files);
        try
        {
            ChildProcess child = ProcessLauncher.Instance.Launch(NewRequest(words, options, streams) with { IsWatched = isWatched });
            Subprocess started = new(words, options, streams, child);
            streams.CloseChildEnds();
            if (servesAtOnce && streams.HasPumps)
            {
                started.Serve();
            }

            return started;
        }
        catch
        {
            streams.Dispose();
            throw;
        }
    }

    private static LaunchRequest NewRequest(string[] command, SubprocessOptions options, StandardStreams streams)
    {
        IReadOnlyList<LaunchDescriptor> descriptors = streams.Descriptors;
        if (options.PassedHandles is { Count: > 0 } passed)
        {
            List<LaunchDescriptor> all = [.. descriptors];
            foreach ((int number, SafeHandle handle) in passed)
            {
                all.Add(LaunchDescriptor.FromHandle(handle, number));
            }

            descriptors = all;
        }

        Dictionary<string, string>? environment = EnvironmentOf(options);
        string fileName = options.Executable ?? command[0];
        if (options.KillWithParent)
        {
            (fileName, command) = KillingWithParent(command, environment, options.WorkingDirectory);
        }

        return new LaunchRequest
        {
            FileName = fileName,
            Arguments = command,
            Environment = environment,
            WorkingDirectory = options.WorkingDirectory,
            Descriptors = descriptors,
            CloseOtherDescriptors = options.CloseOtherHandles,
            Group = options.LaunchGroup,
            ControllingTerminal = options.ControllingTerminal,
            ResetSignals = options.RestoreSignals,
            BlockedSignals = options.BlockedSignalBits,
            Settings = options.NewLaunchSettings(),
            Limits = options.LaunchLimits,

            // The kernel means the thread that started the child when it speaks of its parent.
            KeepsLaunchThread = options.KillWithParent,
            StartsOnCallingThread = !options.KillWithParent,
        };
    }

    private static (string FileName, string[] Command) KillingWithParent(
        string[] command, Dictionary<string, string>? environment, string? workingDirectory)
    {
        // The faults that the start itself would tell, since setpriv tells them by a return code only.
        string program = ParentDeath.Checked(command[0], environment is null ? InheritedEnvironment.SearchPath() : environment.GetValueOrDefault(SpawnEnvironment.SearchPathName), workingDirectory);
        return (ParentDeath.Helper, ["setpriv", "--pdeathsig", "KILL", "--", program, .. command.AsSpan(1)]);
    }

    private static Dictionary<string, string>? EnvironmentOf(SubprocessOptions options)
    {
        if (options.InheritEnvironment && options.Environment is null)
        {
            return null;
        }

        Dictionary<string, string> variables = options.InheritEnvironment
            ? InheritedEnvironment.Read()
            : new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string? value) in options.Environment ?? new Dictionary<string, string?>())
        {
            if (value is null)
            {
                variables.Remove(name);
            }
            else
            {
                variables[name] = value;
            }
        }

        return variables;
    }

    /// <summary>Serves the redirects that need this process, from the start to the end.</summary>
    private void Serve()
    {
        OutputPump[] outputs = [.. new[] { _streams.OutputPump, _streams.ErrorPump }.OfType<OutputPump>()];
        _served = new Exchange(_child, _streams.InputPump, outputs, _options.DrainTimeout);
        _stopBackground = new CancellationTokenSource();
        _background = ServeAsync(_served, _stopBackground.Token);
    }

    private static async Task ServeAsync(Exchange exchange, CancellationToken stop)
    {
        try
        {
            // On the thread pool from the first step on: a slow receiver is not to hold up the start, nor is a caller's
            // context, whose thread may wait for the end of this.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            await exchange.RunAsync(Deadline.Never, stop, endsAtFault: false).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await exchange.CutOutputsAsync().ConfigureAwait(false);
        }
    }
}
