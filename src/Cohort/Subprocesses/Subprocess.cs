using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Cohort.Platform;
using Cohort.Subprocesses;
using Cohort.Utils;

namespace Cohort;

/// <summary>A command that was started: another program in a process of its own.</summary>
/// <remarks>
/// <see cref="Run"/> and its kin run a command to its end; <see cref="Start(IReadOnlyList{string}, SubprocessOptions?)"/> gives one that lives. A command is its words,
/// the program first; no shell is between unless <see cref="Shell"/> puts one there. Disposing ends a command that still runs:
/// SIGTERM, then SIGKILL after <see cref="SubprocessOptions.TerminateGrace"/>. It is reaped in any case.
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed partial class Subprocess : IDisposable, IAsyncDisposable
{
    /// <summary>The return code that stands for one that is lost (<see cref="CompletedSubprocess.IsStatusKnown"/>).</summary>
    internal const int UnknownReturnCode = 255;

    private const int LongestDescription = 80;

    private readonly ChildProcess _child;
    private readonly SubprocessOptions _options;
    private readonly StandardStreams _streams;
    private readonly long _startStamp = Stopwatch.GetTimestamp();

    /// <summary>One at a time makes, and runs, the exchange.</summary>
    private readonly SemaphoreSlim _exchangeGate = new(1);

    /// <summary>What <see cref="Communicate(string, TimeSpan?)"/> does; kept over a timeout.</summary>
    private Exchange? _exchange;

    /// <summary>What is done in the background from the start on.</summary>
    private Exchange? _served;

    private TimeSpan? _duration;
    private CaptureSink? _output;
    private CaptureSink? _error;
    private Task _background = Task.CompletedTask;
    private CancellationTokenSource? _stopBackground;
    private bool _isDisposed;

    private Subprocess(IReadOnlyList<string> arguments, SubprocessOptions options, StandardStreams streams, ChildProcess child)
    {
        Arguments = arguments;
        _options = options;
        _streams = streams;
        _child = child;
    }

    /// <summary>The command, its name first.</summary>
    public IReadOnlyList<string> Arguments { get; }

    /// <summary>The process id.</summary>
    public int ProcessId => _child.ProcessId;

    /// <summary>
    /// How it ended: the code, or −N when signal N ended it, or 255 when that was lost. Null while it runs. Does not wait.
    /// </summary>
    public int? ReturnCode => _child.ExitStatus is { } exit ? exit.ExitCode ?? UnknownReturnCode : null;

    /// <summary>Completes when it has ended. Never fails.</summary>
    public Task Exited => _child.Exit;

    /// <summary>Whether a call that waits for the end has pipes to serve meanwhile.</summary>
    internal bool HasPipes => _streams.HasPumps || _streams.InputEnd is not null || _streams.OutputEnd is not null || _streams.ErrorEnd is not null;

    /// <summary>Whether there are streams to wait for, which only the form without a thread can.</summary>
    internal bool NeedsAsync => _options.NeedsAsync;

    /// <summary>What is known by now.</summary>
    internal CompletedSubprocess ResultSoFar => NewResult(_child.ExitStatus ?? ChildExit.Unknown);

    /// <summary>The command, its process and whether it runs.</summary>
    public override string ToString()
    {
        string state = _child.ExitStatus?.ToString() ?? "running";
        return $"{CommandText.Describe(Arguments, LongestDescription)} (process {ProcessId}, {state})";
    }

    private CompletedSubprocess NewResult(ChildExit exit) => new(Arguments, ProcessId, exit, _options)
    {
        OutputBytes = (_output ?? _streams.OutputCapture)?.ToArray() ?? default,
        ErrorBytes = (_error ?? _streams.ErrorCapture)?.ToArray() ?? default,
        IsOutputComplete = (_exchange?.IsComplete ?? true) && (_served?.IsComplete ?? true),
        IsOutputTruncated = (_output ?? _streams.OutputCapture)?.IsTruncated == true || (_error ?? _streams.ErrorCapture)?.IsTruncated == true,
        Duration = DurationUntilNow(),
    };

    /// <summary>Up to the first look after the end, if it has ended: later ones tell the same.</summary>
    private TimeSpan DurationUntilNow()
    {
        TimeSpan now = Stopwatch.GetElapsedTime(_startStamp);
        return _child.HasExited ? _duration ??= now : now;
    }

    private SubprocessTimeoutException NewTimeout(TimeSpan timeout) =>
        new(Arguments, ProcessId, timeout, ResultSoFar);

    /// <summary>Throws what went wrong while the command was served, if anything did.</summary>
    internal void ThrowIfFaulted()
    {
        switch (_exchange?.Fault ?? _served?.Fault)
        {
            case null:
                return;
            case CaptureLimitException overflow:
                throw new SubprocessOverflowException(ResultSoFar, overflow.Limit);
            case { } fault:
                ExceptionDispatchInfo.Throw(fault);
                return;
        }
    }

    private void EnsureNotDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);

    internal static Deadline DeadlineOf(TimeSpan? timeout) => Deadline.In(timeout ?? Timeout.InfiniteTimeSpan);
}
