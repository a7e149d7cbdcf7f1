using System.Diagnostics;
using Cohort.Messaging;
using Cohort.Pools;

namespace Cohort;

/// <summary>A fixed number of worker processes that run functions of this program (Python: <c>multiprocessing.Pool</c>).</summary>
/// <remarks>
/// <para>
/// Arguments and results travel by value; closures take the values that their captured variables have at the time of the
/// call. Members may be called from any thread.
/// </para>
/// <para>
/// A worker that dies takes only the task with it that it was running: that fails with <see cref="WorkerLostException"/>
/// (or runs again, <see cref="ProcessPoolOptions.Retries"/>), tasks that waited behind it go to other workers, and the
/// worker is replaced. A function's own exception is rethrown as its own type, with the worker's stack; one that cannot be
/// rebuilt here arrives as <see cref="RemoteTaskException"/>.
/// </para>
/// <para>Disposal terminates the pool, as leaving Python's <c>with</c> does; to let work finish, close and join first.</para>
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed partial class ProcessPool : IDisposable, IAsyncDisposable
{
    private static int s_poolCount;

    private readonly PoolSettings _settings;
    private readonly PoolDispatcher _dispatcher;
    private readonly FunctionTable _functions = new();
    private volatile string? _notRunning;

    /// <summary>A pool of so many workers, with the defaults for all else.</summary>
    /// <param name="workers">At least 1.</param>
    /// <inheritdoc cref="ProcessPool(ProcessPoolOptions)" path="/exception"/>
    public ProcessPool(int workers)
        : this(new ProcessPoolOptions { Workers = workers })
    {
    }

    /// <summary>Starts a pool. Returns while the workers come up.</summary>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="Serializing.PickleException">The initializer captures what cannot travel.</exception>
    /// <exception cref="InvalidOperationException">This program cannot be started again as a worker.</exception>
    /// <exception cref="IOException">The system could not start a process.</exception>
    /// <exception cref="PlatformNotSupportedException">Not Linux on x86-64 or arm64.</exception>
    public ProcessPool(ProcessPoolOptions? options = null)
    {
        options ??= new ProcessPoolOptions();
        int workers = options.Workers ?? WorkerProcess.CpuCount;
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1, nameof(options.Workers));
        ArgumentOutOfRangeException.ThrowIfNegative(options.Retries, nameof(options.Retries));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.CancellationGrace, TimeSpan.Zero, nameof(options.CancellationGrace));
        Action? undo = null;
        _settings = new PoolSettings(
            options.Name ?? $"Pool-{Interlocked.Increment(ref s_poolCount)}",
            workers,
            options.Initializer is { } initializer ? PoolWorkerJob.Encode(initializer, out undo) : null,
            options.Context ?? WorkerContext.Default,
            options.Retries,
            options.CancellationGrace,
            options.SpinTime is { } spin ? new SpinBudget((int)Math.Clamp(spin.TotalMicroseconds, 0, 1_000_000)) : SpinBudget.Default);
        try
        {
            _dispatcher = new PoolDispatcher(_settings);
        }
        catch
        {
            undo?.Invoke();
            throw;
        }

        if (undo is not null)
        {
            _dispatcher.EndedAsync().ContinueWith(_ => undo(), TaskScheduler.Default);
        }
    }

    /// <summary>How many workers the pool keeps.</summary>
    public int WorkerCount => _settings.Workers;

    /// <summary>The process ids of the workers that live or come up just now: a snapshot.</summary>
    public IReadOnlyList<int> WorkerProcessIds => _dispatcher.ProcessIds;

    /// <summary>Takes no more tasks; workers end when all that was submitted is done. Does not wait for that.</summary>
    public void Close()
    {
        _notRunning ??= "closed";
        _dispatcher.Close();
    }

    /// <summary>Ends the workers at once. Tasks that are not done fail with <see cref="OperationCanceledException"/>.</summary>
    public void Terminate()
    {
        _notRunning = "terminated";
        _dispatcher.Terminate(new OperationCanceledException($"Pool {_settings.Name} was terminated before the task was done."));
    }

    /// <summary>Blocks until all workers have ended.</summary>
    /// <exception cref="InvalidOperationException">The pool was neither closed nor terminated.</exception>
    public void Join() => JoinTask().GetAwaiter().GetResult();

    /// <summary>Blocks until all workers have ended or the time is over.</summary>
    /// <param name="timeout">How long.</param>
    /// <returns>Whether all have ended.</returns>
    /// <inheritdoc cref="Join" path="/exception"/>
    public bool TryJoin(TimeSpan timeout) => JoinTask().Wait(timeout);

    /// <summary>Waits until all workers have ended.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <inheritdoc cref="Join" path="/exception"/>
    public Task JoinAsync(CancellationToken cancellationToken = default) => JoinTask().WaitAsync(cancellationToken);

    /// <summary>Terminates the pool and waits for the end of its workers.</summary>
    public void Dispose()
    {
        Terminate();
        Join();
    }

    /// <summary>Terminates the pool and waits for the end of its workers.</summary>
    public async ValueTask DisposeAsync()
    {
        Terminate();
        await JoinTask().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(ProcessPool)} '{_settings.Name}' ({_settings.Workers} workers, {_notRunning ?? "running"})";

    private Task JoinTask() => _notRunning is not null
        ? _dispatcher.EndedAsync()
        : throw new InvalidOperationException($"Pool {_settings.Name} is still running: close or terminate it before joining it.");

    private void EnsureRunning()
    {
        if (_notRunning is { } state)
        {
            throw new InvalidOperationException($"Pool {_settings.Name} is not running: it was {state}.");
        }
    }
}
