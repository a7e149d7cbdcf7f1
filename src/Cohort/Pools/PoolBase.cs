using System.Diagnostics;
using Cohort.Utils;

namespace Cohort.Pools;

/// <summary>What all pools have: calls, maps and streams over some workers, and how they end.</summary>
/// <remarks>Members may be called from any thread. Disposal terminates the pool, as leaving Python's <c>with</c> does; to let
/// work finish, close and join first.</remarks>
[DebuggerDisplay("{ToString(),nq}")]
public abstract partial class PoolBase : IPool
{
    private readonly PoolState _state;

    private protected PoolBase(IPoolEngine engine, PoolState state, TaskOptions taskOptions)
    {
        Engine = engine;
        _state = state;
        TaskOptions = taskOptions;
    }

    /// <summary>The pool's name, for people and logs.</summary>
    public string Name => _state.Name;

    /// <summary>How many workers the pool aims at; how many there are just now may be less or more.</summary>
    public int WorkerCount => Engine.WorkerCount;

    /// <summary>How tasks are run that are submitted here.</summary>
    public TaskOptions TaskOptions { get; }

    /// <summary>What the start functions of the workers gave, by the workers' numbers: a snapshot. The last 10 000 are kept.</summary>
    public IReadOnlyList<WorkerResult> StartResults => Engine.Results.Starts;

    /// <summary>
    /// What the exit functions of the workers gave that have left, by the workers' numbers: a snapshot, complete when the
    /// pool was closed and joined. The last 10 000 are kept. A worker whose state could not be disposed is here as well.
    /// </summary>
    public IReadOnlyList<WorkerResult> ExitResults => Engine.Results.Exits;

    /// <summary>What the pool and each of its workers have done so far: a snapshot. Views share it with their pool.</summary>
    public PoolStatistics Statistics => Engine.Statistics();

    private protected IPoolEngine Engine { get; }

    /// <summary>The same pool, with tasks that are run in another way: <c>pool.With(new TaskOptions { Timeout = … }).Map(…)</c>.</summary>
    /// <param name="options">How.</param>
    /// <returns>A view: it ends with the pool, and its own disposal does nothing.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="NotSupportedException">Workers of this kind cannot do that.</exception>
    public IPool With(TaskOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Engine.EnsureSupports(options);
        return new PoolView(this, options);
    }

    /// <summary>Takes no more tasks; workers end when all that was submitted is done. Does not wait for that.</summary>
    /// <remarks>
    /// Of a stream that is what it has read of its input: the rest is submitted only as results are taken, and is then refused. A
    /// consumer that stops would otherwise hold up <see cref="Join"/> for ever.
    /// </remarks>
    public void Close()
    {
        _state.NoteClosed();
        Engine.Close();
    }

    /// <summary>Ends the workers at once. Tasks that are not done fail with <see cref="OperationCanceledException"/>.</summary>
    public void Terminate()
    {
        _state.NoteTerminated();
        Engine.Terminate(new OperationCanceledException($"Pool {_state.Name} was terminated before the task was done."));
    }

    /// <summary>Blocks until all workers have ended.</summary>
    /// <exception cref="InvalidOperationException">The pool was neither closed nor terminated.</exception>
    public void Join() => TryJoin(Timeout.InfiniteTimeSpan);

    /// <summary>Blocks until all workers have ended or the time is over.</summary>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.</param>
    /// <returns>Whether all have ended.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is negative and not infinite, or above 24 days.</exception>
    /// <inheritdoc cref="Join" path="/exception"/>
    public bool TryJoin(TimeSpan timeout)
    {
        // Workers need the processors for their ends.
        Task ended = JoinTask();
        bool hasEnded = QuietWait.For(ended, timeout);
        if (hasEnded)
        {
            ended.GetAwaiter().GetResult();
        }

        return hasEnded;
    }

    /// <summary>Waits until all workers have ended.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <inheritdoc cref="Join" path="/exception"/>
    public Task JoinAsync(CancellationToken cancellationToken = default) => JoinTask().WaitAsync(cancellationToken);

    /// <summary>Terminates the pool and waits for the end of its workers.</summary>
    public virtual void Dispose()
    {
        Terminate();
        Join();
    }

    /// <summary>Terminates the pool and waits for the end of its workers.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        Terminate();
        await JoinTask().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{GetType().Name} '{_state.Name}' ({WorkerCount} workers, {_state.Description})";

    /// <exception cref="InvalidOperationException">The pool was closed or terminated.</exception>
    private protected void EnsureRunning() => _state.EnsureRunning();

    private Task JoinTask() => !_state.IsRunning
        ? Engine.EndedAsync()
        : throw new InvalidOperationException($"Pool {Name} is still running: close or terminate it before joining it.");

    private sealed class PoolView(PoolBase pool, TaskOptions options) : PoolBase(pool.Engine, pool._state, options)
    {
        public override void Dispose()
        {
        }

        public override ValueTask DisposeAsync() => default;
    }
}
