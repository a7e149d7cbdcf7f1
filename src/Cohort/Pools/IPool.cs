namespace Cohort.Pools;

/// <summary>
/// Workers that run functions: processes (<see cref="ProcessPool"/>), threads (<see cref="ThreadWorkerPool"/>) or the caller
/// itself (<see cref="InlinePool"/>). Code that takes an <see cref="IPool"/> does not care which.
/// </summary>
public interface IPool : IDisposable, IAsyncDisposable
{
    /// <inheritdoc cref="PoolBase.Name"/>
    string Name { get; }

    /// <inheritdoc cref="PoolBase.WorkerCount"/>
    int WorkerCount { get; }

    /// <inheritdoc cref="PoolBase.TaskOptions"/>
    TaskOptions TaskOptions { get; }

    /// <inheritdoc cref="PoolBase.StartResults"/>
    IReadOnlyList<WorkerResult> StartResults { get; }

    /// <inheritdoc cref="PoolBase.ExitResults"/>
    IReadOnlyList<WorkerResult> ExitResults { get; }

    /// <inheritdoc cref="PoolBase.Statistics"/>
    PoolStatistics Statistics { get; }

    /// <inheritdoc cref="PoolBase.With"/>
    IPool With(TaskOptions options);

    /// <inheritdoc cref="PoolBase.Close"/>
    void Close();

    /// <inheritdoc cref="PoolBase.Terminate"/>
    void Terminate();

    /// <inheritdoc cref="PoolBase.Join"/>
    void Join();

    /// <inheritdoc cref="PoolBase.TryJoin"/>
    bool TryJoin(TimeSpan timeout);

    /// <inheritdoc cref="PoolBase.JoinAsync"/>
    Task JoinAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.Apply{TResult}(Func{TResult}, CancellationToken)"/>
    TResult Apply<TResult>(Func<TResult> function, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.Apply{T, TResult}(Func{T, TResult}, T, CancellationToken)"/>
    TResult Apply<T, TResult>(Func<T, TResult> function, T argument, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.Apply{T1, T2, TResult}(Func{T1, T2, TResult}, T1, T2, CancellationToken)"/>
    TResult Apply<T1, T2, TResult>(Func<T1, T2, TResult> function, T1 argument1, T2 argument2, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.Apply{T1, T2, T3, TResult}(Func{T1, T2, T3, TResult}, T1, T2, T3, CancellationToken)"/>
    TResult Apply<T1, T2, T3, TResult>(Func<T1, T2, T3, TResult> function, T1 argument1, T2 argument2, T3 argument3, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.Apply(Action, CancellationToken)"/>
    void Apply(Action function, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.Apply{T}(Action{T}, T, CancellationToken)"/>
    void Apply<T>(Action<T> function, T argument, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.Apply{T1, T2}(Action{T1, T2}, T1, T2, CancellationToken)"/>
    void Apply<T1, T2>(Action<T1, T2> function, T1 argument1, T2 argument2, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.Apply{T1, T2, T3}(Action{T1, T2, T3}, T1, T2, T3, CancellationToken)"/>
    void Apply<T1, T2, T3>(Action<T1, T2, T3> function, T1 argument1, T2 argument2, T3 argument3, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.ApplyAsync{TResult}(Func{TResult}, CancellationToken)"/>
    Task<TResult> ApplyAsync<TResult>(Func<TResult> function, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.ApplyAsync{T, TResult}(Func{T, TResult}, T, CancellationToken)"/>
    Task<TResult> ApplyAsync<T, TResult>(Func<T, TResult> function, T argument, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.ApplyAsync{T1, T2, TResult}(Func{T1, T2, TResult}, T1, T2, CancellationToken)"/>
    Task<TResult> ApplyAsync<T1, T2, TResult>(Func<T1, T2, TResult> function, T1 argument1, T2 argument2, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.ApplyAsync{T1, T2, T3, TResult}(Func{T1, T2, T3, TResult}, T1, T2, T3, CancellationToken)"/>
    Task<TResult> ApplyAsync<T1, T2, T3, TResult>(Func<T1, T2, T3, TResult> function, T1 argument1, T2 argument2, T3 argument3, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.ApplyAsync(Action, CancellationToken)"/>
    Task ApplyAsync(Action function, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.ApplyAsync{T}(Action{T}, T, CancellationToken)"/>
    Task ApplyAsync<T>(Action<T> function, T argument, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.ApplyAsync{T1, T2}(Action{T1, T2}, T1, T2, CancellationToken)"/>
    Task ApplyAsync<T1, T2>(Action<T1, T2> function, T1 argument1, T2 argument2, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.ApplyAsync{T1, T2, T3}(Action{T1, T2, T3}, T1, T2, T3, CancellationToken)"/>
    Task ApplyAsync<T1, T2, T3>(Action<T1, T2, T3> function, T1 argument1, T2 argument2, T3 argument3, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.ApplyAsync{TResult}(Func{Task{TResult}}, CancellationToken)"/>
    Task<TResult> ApplyAsync<TResult>(Func<Task<TResult>> function, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.ApplyAsync{T, TResult}(Func{T, Task{TResult}}, T, CancellationToken)"/>
    Task<TResult> ApplyAsync<T, TResult>(Func<T, Task<TResult>> function, T argument, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.ApplyAsync{T1, T2, TResult}(Func{T1, T2, Task{TResult}}, T1, T2, CancellationToken)"/>
    Task<TResult> ApplyAsync<T1, T2, TResult>(Func<T1, T2, Task<TResult>> function, T1 argument1, T2 argument2, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.ApplyAsync{T1, T2, T3, TResult}(Func{T1, T2, T3, Task{TResult}}, T1, T2, T3, CancellationToken)"/>
    Task<TResult> ApplyAsync<T1, T2, T3, TResult>(Func<T1, T2, T3, Task<TResult>> function, T1 argument1, T2 argument2, T3 argument3, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.ApplyAsync(Func{Task}, CancellationToken)"/>
    Task ApplyAsync(Func<Task> function, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.ApplyAsync{T}(Func{T, Task}, T, CancellationToken)"/>
    Task ApplyAsync<T>(Func<T, Task> function, T argument, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.ApplyAsync{T1, T2}(Func{T1, T2, Task}, T1, T2, CancellationToken)"/>
    Task ApplyAsync<T1, T2>(Func<T1, T2, Task> function, T1 argument1, T2 argument2, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.ApplyAsync{T1, T2, T3}(Func{T1, T2, T3, Task}, T1, T2, T3, CancellationToken)"/>
    Task ApplyAsync<T1, T2, T3>(Func<T1, T2, T3, Task> function, T1 argument1, T2 argument2, T3 argument3, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.Map{T, TResult}(Func{T, TResult}, IEnumerable{T}, int?, CancellationToken)"/>
    TResult[] Map<T, TResult>(Func<T, TResult> function, IEnumerable<T> items, int? chunkSize = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.MapAsync{T, TResult}(Func{T, TResult}, IEnumerable{T}, int?, CancellationToken)"/>
    Task<TResult[]> MapAsync<T, TResult>(Func<T, TResult> function, IEnumerable<T> items, int? chunkSize = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.MapAsync{T, TResult}(Func{T, Task{TResult}}, IEnumerable{T}, int?, CancellationToken)"/>
    Task<TResult[]> MapAsync<T, TResult>(Func<T, Task<TResult>> function, IEnumerable<T> items, int? chunkSize = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.StarMap{T1, T2, TResult}(Func{T1, T2, TResult}, IEnumerable{ValueTuple{T1, T2}}, int?, CancellationToken)"/>
    TResult[] StarMap<T1, T2, TResult>(Func<T1, T2, TResult> function, IEnumerable<(T1, T2)> items, int? chunkSize = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.StarMapAsync{T1, T2, TResult}(Func{T1, T2, TResult}, IEnumerable{ValueTuple{T1, T2}}, int?, CancellationToken)"/>
    Task<TResult[]> StarMapAsync<T1, T2, TResult>(Func<T1, T2, TResult> function, IEnumerable<(T1, T2)> items, int? chunkSize = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.StarMapAsync{T1, T2, TResult}(Func{T1, T2, Task{TResult}}, IEnumerable{ValueTuple{T1, T2}}, int?, CancellationToken)"/>
    Task<TResult[]> StarMapAsync<T1, T2, TResult>(Func<T1, T2, Task<TResult>> function, IEnumerable<(T1, T2)> items, int? chunkSize = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.StarMap{T1, T2, T3, TResult}(Func{T1, T2, T3, TResult}, IEnumerable{ValueTuple{T1, T2, T3}}, int?, CancellationToken)"/>
    TResult[] StarMap<T1, T2, T3, TResult>(Func<T1, T2, T3, TResult> function, IEnumerable<(T1, T2, T3)> items, int? chunkSize = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.StarMapAsync{T1, T2, T3, TResult}(Func{T1, T2, T3, TResult}, IEnumerable{ValueTuple{T1, T2, T3}}, int?, CancellationToken)"/>
    Task<TResult[]> StarMapAsync<T1, T2, T3, TResult>(Func<T1, T2, T3, TResult> function, IEnumerable<(T1, T2, T3)> items, int? chunkSize = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.StarMapAsync{T1, T2, T3, TResult}(Func{T1, T2, T3, Task{TResult}}, IEnumerable{ValueTuple{T1, T2, T3}}, int?, CancellationToken)"/>
    Task<TResult[]> StarMapAsync<T1, T2, T3, TResult>(Func<T1, T2, T3, Task<TResult>> function, IEnumerable<(T1, T2, T3)> items, int? chunkSize = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.MapStreamAsync{T, TResult}(Func{T, TResult}, IEnumerable{T}, bool, int?, int?, CancellationToken)"/>
    IAsyncEnumerable<TResult> MapStreamAsync<T, TResult>(Func<T, TResult> function, IEnumerable<T> items, bool ordered = true, int? chunkSize = null, int? maxInFlight = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.MapStreamAsync{T, TResult}(Func{T, TResult}, IAsyncEnumerable{T}, bool, int?, int?, CancellationToken)"/>
    IAsyncEnumerable<TResult> MapStreamAsync<T, TResult>(Func<T, TResult> function, IAsyncEnumerable<T> items, bool ordered = true, int? chunkSize = null, int? maxInFlight = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.MapStreamAsync{T, TResult}(Func{T, Task{TResult}}, IEnumerable{T}, bool, int?, int?, CancellationToken)"/>
    IAsyncEnumerable<TResult> MapStreamAsync<T, TResult>(Func<T, Task<TResult>> function, IEnumerable<T> items, bool ordered = true, int? chunkSize = null, int? maxInFlight = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.MapStreamAsync{T, TResult}(Func{T, Task{TResult}}, IAsyncEnumerable{T}, bool, int?, int?, CancellationToken)"/>
    IAsyncEnumerable<TResult> MapStreamAsync<T, TResult>(Func<T, Task<TResult>> function, IAsyncEnumerable<T> items, bool ordered = true, int? chunkSize = null, int? maxInFlight = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.MapStream{T, TResult}(Func{T, TResult}, IEnumerable{T}, bool, int?, int?, CancellationToken)"/>
    IEnumerable<TResult> MapStream<T, TResult>(Func<T, TResult> function, IEnumerable<T> items, bool ordered = true, int? chunkSize = null, int? maxInFlight = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.MapOutcomes{T, TResult}(Func{T, TResult}, IEnumerable{T}, int?, CancellationToken)"/>
    Outcome<TResult>[] MapOutcomes<T, TResult>(Func<T, TResult> function, IEnumerable<T> items, int? chunkSize = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.MapOutcomesAsync{T, TResult}(Func{T, TResult}, IEnumerable{T}, int?, CancellationToken)"/>
    Task<Outcome<TResult>[]> MapOutcomesAsync<T, TResult>(Func<T, TResult> function, IEnumerable<T> items, int? chunkSize = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.MapOutcomesAsync{T, TResult}(Func{T, Task{TResult}}, IEnumerable{T}, int?, CancellationToken)"/>
    Task<Outcome<TResult>[]> MapOutcomesAsync<T, TResult>(Func<T, Task<TResult>> function, IEnumerable<T> items, int? chunkSize = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.MapOutcomeStreamAsync{T, TResult}(Func{T, TResult}, IEnumerable{T}, bool, int?, int?, CancellationToken)"/>
    IAsyncEnumerable<Outcome<TResult>> MapOutcomeStreamAsync<T, TResult>(Func<T, TResult> function, IEnumerable<T> items, bool ordered = true, int? chunkSize = null, int? maxInFlight = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.MapOutcomeStreamAsync{T, TResult}(Func{T, TResult}, IAsyncEnumerable{T}, bool, int?, int?, CancellationToken)"/>
    IAsyncEnumerable<Outcome<TResult>> MapOutcomeStreamAsync<T, TResult>(Func<T, TResult> function, IAsyncEnumerable<T> items, bool ordered = true, int? chunkSize = null, int? maxInFlight = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.MapOutcomeStreamAsync{T, TResult}(Func{T, Task{TResult}}, IEnumerable{T}, bool, int?, int?, CancellationToken)"/>
    IAsyncEnumerable<Outcome<TResult>> MapOutcomeStreamAsync<T, TResult>(Func<T, Task<TResult>> function, IEnumerable<T> items, bool ordered = true, int? chunkSize = null, int? maxInFlight = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.MapOutcomeStreamAsync{T, TResult}(Func{T, Task{TResult}}, IAsyncEnumerable{T}, bool, int?, int?, CancellationToken)"/>
    IAsyncEnumerable<Outcome<TResult>> MapOutcomeStreamAsync<T, TResult>(Func<T, Task<TResult>> function, IAsyncEnumerable<T> items, bool ordered = true, int? chunkSize = null, int? maxInFlight = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="PoolBase.MapOutcomeStream{T, TResult}(Func{T, TResult}, IEnumerable{T}, bool, int?, int?, CancellationToken)"/>
    IEnumerable<Outcome<TResult>> MapOutcomeStream<T, TResult>(Func<T, TResult> function, IEnumerable<T> items, bool ordered = true, int? chunkSize = null, int? maxInFlight = null, CancellationToken cancellationToken = default);
}
