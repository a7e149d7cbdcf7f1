using Cohort.Utils;

namespace Cohort;

/// <summary>What can be known of a worker, and done to it.</summary>
public partial class WorkerProcess
{
    /// <summary>The worker's name.</summary>
    public string Name
    {
        get => _state.Name;
        set => _state.Name = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>Whether it is killed, rather than waited for, when this process ends. Set before the start only.</summary>
    /// <exception cref="InvalidOperationException">It was started before.</exception>
    public bool IsDaemon
    {
        get => _state.IsDaemon;
        set => _state.SetDaemon(value);
    }

    /// <summary>The secret by which processes of one family know each other; children inherit it.</summary>
    public byte[] AuthKey
    {
        get => _state.AuthKey;
        set => _state.AuthKey = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>The process id; null before the start.</summary>
    public int? ProcessId => _state.ProcessId;

    /// <summary>The same as <see cref="ProcessId"/>.</summary>
    public int? Ident => ProcessId;

    /// <summary>
    /// How it ended: 0, the code it exited with, or −N when signal N ended it; 255 when another reaper took the status.
    /// Null before the start and while it runs.
    /// </summary>
    /// <exception cref="ObjectDisposedException">It was closed.</exception>
    public int? ExitCode => _state.ExitCode;

    /// <summary>Whether it was started and has not ended.</summary>
    /// <exception cref="ObjectDisposedException">It was closed.</exception>
    public bool IsAlive => _state.IsAlive;

    /// <summary>Is set when the worker has ended, for <see cref="WaitHandle.WaitAny(WaitHandle[])"/>. Do not dispose it.</summary>
    /// <exception cref="InvalidOperationException">It was not started.</exception>
    public WaitHandle Sentinel => _state.Sentinel;

    /// <summary>Completes when the worker has ended. Never fails.</summary>
    /// <exception cref="InvalidOperationException">It was not started.</exception>
    public Task Exited => _state.Exited;

    /// <summary>Blocks until the worker has ended.</summary>
    /// <exception cref="InvalidOperationException">It was not started, or is the current process.</exception>
    /// <exception cref="ObjectDisposedException">It was closed.</exception>
    public void Join() => _state.Join(Timeout.InfiniteTimeSpan);

    /// <summary>Blocks until the worker has ended or the time is over.</summary>
    /// <param name="timeout">How long; zero only looks.</param>
    /// <returns>Whether it has ended.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative, and not <see cref="Timeout.InfiniteTimeSpan"/>.</exception>
    /// <inheritdoc cref="Join()" path="/exception"/>
    public bool TryJoin(TimeSpan timeout) => _state.Join(timeout);

    /// <summary>Waits until the worker has ended.</summary>
    /// <param name="cancellationToken">Ends the wait, not the worker.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <inheritdoc cref="Join()" path="/exception"/>
    public Task JoinAsync(CancellationToken cancellationToken = default) => _state.JoinTask.WaitAsync(cancellationToken);

    /// <summary>Waits until the worker has ended or the time is over.</summary>
    /// <param name="timeout">How long; zero only looks.</param>
    /// <param name="cancellationToken">Ends the wait, not the worker.</param>
    /// <returns>Whether it has ended.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <inheritdoc cref="TryJoin" path="/exception"/>
    public async Task<bool> TryJoinAsync(TimeSpan timeout, CancellationToken cancellationToken = default) =>
        await Deadline.In(timeout).WaitAsync(_state.JoinTask, cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Ends the worker by SIGTERM: no <c>finally</c> and no exit handler of it runs, unless it handles the signal. What it
    /// started lives on. Does nothing when it has ended.
    /// </summary>
    /// <exception cref="InvalidOperationException">It was not started.</exception>
    /// <exception cref="ObjectDisposedException">It was closed.</exception>
    public void Terminate() => _state.StartedHandle.Child.Signal(Platform.Signal.SIGTERM);

    /// <summary>Ends the worker, and what it started in its process group, by SIGKILL. Does nothing when it has ended.</summary>
    /// <inheritdoc cref="Terminate" path="/exception"/>
    public void Kill() => _state.StartedHandle.Kill();

    /// <summary>Gives the resources back; most members throw afterwards. Harmless when done twice.</summary>
    /// <exception cref="InvalidOperationException">It still runs: join, terminate or kill it first.</exception>
    public void Close() => _state.Close();

    /// <summary>Kills the worker if it runs, waits for its end and gives the resources back.</summary>
    public void Dispose()
    {
        if (_state.TryKill())
        {
            _state.Exited.Wait();
        }

        _state.Close();
        GC.SuppressFinalize(this);
    }

    /// <summary>Kills the worker if it runs, waits for its end and gives the resources back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_state.TryKill())
        {
            await _state.Exited.ConfigureAwait(false);
        }

        _state.Close();
        GC.SuppressFinalize(this);
    }
}
