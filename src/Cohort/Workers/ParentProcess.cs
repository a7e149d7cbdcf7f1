using System.Diagnostics;
using Cohort.Platform;

namespace Cohort.Workers;

/// <summary>The process that started this worker, as the worker sees it.</summary>
/// <remarks>Python: <c>multiprocessing.parent_process()</c>. A worker whose parent dies is killed, so waiting here ends with the worker.</remarks>
[DebuggerDisplay("{Name,nq}#{ProcessId}")]
public sealed class ParentProcess
{
    private readonly Lazy<ProcessWatch> _watch;

    internal ParentProcess(string name, int processId)
    {
        Name = name;
        ProcessId = processId;
        _watch = new Lazy<ProcessWatch>(() => ProcessWatch.Open(processId));
    }

    /// <summary>The parent's name: <c>MainProcess</c>, or that of the worker that it is.</summary>
    public string Name { get; }

    /// <summary>The parent's process id.</summary>
    public int ProcessId { get; }

    /// <summary>Whether the parent runs.</summary>
    public bool IsAlive => !_watch.Value.Exit.IsCompleted;

    /// <summary>Blocks until the parent has ended or the time is over.</summary>
    /// <param name="timeout">How long to wait; <see cref="Timeout.InfiniteTimeSpan"/> waits for ever.</param>
    /// <returns>Whether the parent has ended.</returns>
    public bool TryJoin(TimeSpan timeout) => _watch.Value.Exit.Wait(timeout);

    /// <summary>Waits until the parent has ended.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task JoinAsync(CancellationToken cancellationToken = default) => _watch.Value.Exit.WaitAsync(cancellationToken);
}
