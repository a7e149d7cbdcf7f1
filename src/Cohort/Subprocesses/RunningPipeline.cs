using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Cohort.Subprocesses;

/// <summary>A pipeline that was started: its processes.</summary>
/// <remarks>
/// Each process can be used by itself, as for the streams of <see cref="First"/> and <see cref="Last"/>. Disposing ends all
/// that still run, at the same time, each by SIGTERM and, after its grace, SIGKILL.
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed partial class RunningPipeline : IDisposable, IAsyncDisposable
{
    private readonly IReadOnlyList<Command> _commands;
    private readonly Subprocess[] _processes;
    private readonly PipelineOptions _options;

    internal RunningPipeline(IReadOnlyList<Command> commands, Subprocess[] processes, PipelineOptions options)
    {
        _commands = commands;
        _processes = processes;
        _options = options;
    }

    /// <summary>The processes, in the order of the commands.</summary>
    public IReadOnlyList<Subprocess> Processes => _processes;

    /// <summary>The process of the first command: the one with the pipeline's input.</summary>
    public Subprocess First => _processes[0];

    /// <summary>The process of the last command: the one with the pipeline's output.</summary>
    public Subprocess Last => _processes[^1];

    /// <summary>How each has ended; null for one that runs. Does not wait.</summary>
    public IReadOnlyList<int?> ReturnCodes => [.. _processes.Select(static process => process.ReturnCode)];

    /// <summary>Whether all have ended.</summary>
    public bool HasExited => Array.TrueForAll(_processes, static process => process.ReturnCode is not null);

    /// <summary>Completes when all have ended. Never fails.</summary>
    public Task Exited => Task.WhenAll(_processes.Select(static process => process.Exited));

    /// <summary>The first that runs, or the last if none does any more. Looks anew, since there may be no watch.</summary>
    internal Subprocess FirstRunning => Array.Find(_processes, static process => process.Poll() is null) ?? Last;

    /// <summary>Sends a signal to each process that runs.</summary>
    /// <inheritdoc cref="Subprocess.SendSignal(int)" path="/param"/>
    /// <inheritdoc cref="Subprocess.SendSignal(int)" path="/exception"/>
    public void SendSignal(int signal) => ForEach(process => process.SendSignal(signal));

    /// <inheritdoc cref="SendSignal(int)"/>
    /// <inheritdoc cref="Subprocess.SendSignal(PosixSignal)" path="/param"/>
    public void SendSignal(PosixSignal signal) => ForEach(process => process.SendSignal(signal));

    /// <summary>Sends SIGTERM to each process that runs.</summary>
    /// <exception cref="IOException">It is not allowed (EPERM) at one of them; the others got it.</exception>
    public void Terminate() => ForEach(static process => process.Terminate());

    /// <summary>Sends SIGKILL to each process that runs.</summary>
    /// <exception cref="IOException">It is not allowed (EPERM) at one of them; the others got it.</exception>
    public void Kill() => ForEach(static process => process.Kill());

    /// <summary>
    /// Ends all that run and are not detached (SIGTERM, then SIGKILL after the grace), waits for that, and closes the streams.
    /// </summary>
    public void Dispose()
    {
        if (HasExited)
        {
            Array.ForEach(_processes, static process => process.Dispose());
        }
        else
        {
            // All at once: one after the other would add up their graces.
            DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    /// <inheritdoc cref="Dispose"/>
    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(_processes.Select(static process => process.DisposeAsync().AsTask())).ConfigureAwait(false);

    /// <summary>The processes.</summary>
    public override string ToString() => string.Join<Subprocess>(" | ", _processes);

    /// <summary>All get it, also behind one that may not be sent to, whose fault comes after that.</summary>
    private void ForEach(Action<Subprocess> send)
    {
        IOException? first = null;
        foreach (Subprocess process in _processes)
        {
            try
            {
                send(process);
            }
            catch (IOException refused)
            {
                first ??= refused;
            }
        }

        if (first is not null)
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }

    internal void End()
    {
        if (!HasExited)
        {
            EndAsync().GetAwaiter().GetResult();
        }
    }

    internal Task EndAsync() => Task.WhenAll(_processes.Select(static process => process.EndAsync()));

    internal void ThrowIfFaulted() => Array.ForEach(_processes, static process => process.ThrowIfFaulted());

    internal SubprocessTimeoutException NewTimeout(TimeSpan timeout, Subprocess late) =>
        new(late.Arguments, late.ProcessId, timeout, Last.ResultSoFar);
}
