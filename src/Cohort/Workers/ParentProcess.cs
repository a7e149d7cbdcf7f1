using System.Diagnostics;
using Cohort.Platform;
using Cohort.Utils;

namespace Cohort.Workers;

/// <summary>The process that started this worker, as the worker sees it.</summary>
/// <remarks>Python: <c>multiprocessing.parent_process()</c>. A worker whose parent dies is killed, so waiting here ends with the worker.</remarks>
[DebuggerDisplay("{Name,nq}#{ProcessId}")]
public sealed class ParentProcess
{
    private readonly Lock _gate = new();
    private ProcessWatch? _watch;

    internal ParentProcess(string name, int processId)
    {
        Name = name;
        ProcessId = processId;
    }

    /// <summary>The parent's name: <c>MainProcess</c>, or that of the worker that it is.</summary>
    public string Name { get; }

    /// <summary>The parent's process id.</summary>
    public int ProcessId { get; }

    /// <summary>The same as <see cref="ProcessId"/>.</summary>
    public int Ident => ProcessId;

    /// <summary>Whether the parent runs.</summary>
    /// <exception cref="IOException">The parent cannot be watched, for want of a descriptor.</exception>
    public bool IsAlive => !Exit.IsCompleted;

    /// <summary>The watch is made when it is first needed; where that fails, the next call tries again.</summary>
    private Task Exit
    {
        get
        {
            lock (_gate)
            {
                return (_watch ??= ProcessWatch.Open(ProcessId)).Exit;
            }
        }
    }

    /// <summary>Blocks until the parent has ended.</summary>
    /// <inheritdoc cref="IsAlive" path="/exception"/>
    public void Join() => Exit.Wait();

    /// <summary>Blocks until the parent has ended or the time is over.</summary>
    /// <param name="timeout">How long; zero only looks, <see cref="Timeout.InfiniteTimeSpan"/> waits for ever.</param>
    /// <returns>Whether the parent has ended.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative, and not <see cref="Timeout.InfiniteTimeSpan"/>.</exception>
    /// <inheritdoc cref="IsAlive" path="/exception"/>
    public bool TryJoin(TimeSpan timeout) => Deadline.In(timeout).Wait(Exit);

    /// <summary>Waits until the parent has ended.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <inheritdoc cref="IsAlive" path="/exception"/>
    public Task JoinAsync(CancellationToken cancellationToken = default) => Exit.WaitAsync(cancellationToken);

    /// <summary>Waits until the parent has ended or the time is over.</summary>
    /// <param name="timeout">How long; zero only looks, <see cref="Timeout.InfiniteTimeSpan"/> waits for ever.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether the parent has ended.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <inheritdoc cref="TryJoin" path="/exception"/>
    public async Task<bool> TryJoinAsync(TimeSpan timeout, CancellationToken cancellationToken = default) =>
        await Deadline.In(timeout).WaitAsync(Exit, cancellationToken).ConfigureAwait(false);
}
