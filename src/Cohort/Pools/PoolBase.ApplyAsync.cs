using Cohort.Pools.Observing;
using Cohort.Serializing;

namespace Cohort.Pools;

/// <summary>Single calls, not waited for.</summary>
public abstract partial class PoolBase
{
    /// <summary>Runs a function in a worker.</summary>
    /// <typeparam name="TResult">What it returns.</typeparam>
    /// <param name="function">A method, a lambda or a closure.</param>
    /// <param name="cancellationToken">Ends the task: one that runs has its worker killed after a grace time.</param>
    /// <returns>The result; awaiting it throws what <see cref="Apply{TResult}(Func{TResult}, CancellationToken)"/> would.</returns>
    /// <exception cref="ArgumentException">The function gives a value task, or a task where that is named as its result: nobody would await it.</exception>
    /// <exception cref="InvalidOperationException">The pool is closed or terminated.</exception>
    /// <exception cref="Serializing.PickleException">The function captures what cannot travel.</exception>
    public Task<TResult> ApplyAsync<TResult>([Pickled] Func<TResult> function, CancellationToken cancellationToken = default) =>
        Submit<Func<TResult>, Nothing, TResult>(function, static f => new PoolFunc<TResult>(f), default, cancellationToken);

    /// <summary>Runs a function with an argument in a worker.</summary>
    /// <typeparam name="T">The argument's type.</typeparam>
    /// <typeparam name="TResult">What it returns.</typeparam>
    /// <param name="function">A method, a lambda or a closure.</param>
    /// <param name="argument">Travels by value; must not be changed before the task is done.</param>
    /// <param name="cancellationToken">Ends the task.</param>
    /// <inheritdoc cref="ApplyAsync{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public Task<TResult> ApplyAsync<T, TResult>([Pickled] Func<T, TResult> function, T argument, CancellationToken cancellationToken = default) =>
        Submit<Func<T, TResult>, T, TResult>(function, static f => new PoolFunc<T, TResult>(f), argument, cancellationToken);

    /// <summary>Runs a function with two arguments in a worker.</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <typeparam name="TResult">What it returns.</typeparam>
    /// <param name="function">A method, a lambda or a closure.</param>
    /// <param name="argument1">Travels by value; must not be changed before the task is done.</param>
    /// <param name="argument2">Travels by value; must not be changed before the task is done.</param>
    /// <param name="cancellationToken">Ends the task.</param>
    /// <inheritdoc cref="ApplyAsync{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public Task<TResult> ApplyAsync<T1, T2, TResult>([Pickled] Func<T1, T2, TResult> function, T1 argument1, T2 argument2, CancellationToken cancellationToken = default) =>
        Submit<Func<T1, T2, TResult>, (T1, T2), TResult>(function, static f => new PoolFunc<T1, T2, TResult>(f), (argument1, argument2), cancellationToken);

    /// <summary>Runs a function with three arguments in a worker.</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <typeparam name="T3">The third argument's type.</typeparam>
    /// <typeparam name="TResult">What it returns.</typeparam>
    /// <param name="function">A method, a lambda or a closure.</param>
    /// <param name="argument1">Travels by value; must not be changed before the task is done.</param>
    /// <param name="argument2">Travels by value; must not be changed before the task is done.</param>
    /// <param name="argument3">Travels by value; must not be changed before the task is done.</param>
    /// <param name="cancellationToken">Ends the task.</param>
    /// <inheritdoc cref="ApplyAsync{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public Task<TResult> ApplyAsync<T1, T2, T3, TResult>([Pickled] Func<T1, T2, T3, TResult> function, T1 argument1, T2 argument2, T3 argument3, CancellationToken cancellationToken = default) =>
        Submit<Func<T1, T2, T3, TResult>, (T1, T2, T3), TResult>(function, static f => new PoolFunc<T1, T2, T3, TResult>(f), (argument1, argument2, argument3), cancellationToken);

    /// <summary>Runs an action in a worker.</summary>
    /// <param name="function">A method, a lambda or a closure.</param>
    /// <param name="cancellationToken">Ends the task.</param>
    /// <inheritdoc cref="ApplyAsync{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public Task ApplyAsync([Pickled] Action function, CancellationToken cancellationToken = default) =>
        Submit<Action, Nothing, Nothing>(function, static f => new PoolAction(f), default, cancellationToken);

    /// <summary>Runs an action with an argument in a worker.</summary>
    /// <typeparam name="T">The argument's type.</typeparam>
    /// <param name="function">A method, a lambda or a closure.</param>
    /// <param name="argument">Travels by value; must not be changed before the task is done.</param>
    /// <param name="cancellationToken">Ends the task.</param>
    /// <inheritdoc cref="ApplyAsync{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public Task ApplyAsync<T>([Pickled] Action<T> function, T argument, CancellationToken cancellationToken = default) =>
        Submit<Action<T>, T, Nothing>(function, static f => new PoolAction<T>(f), argument, cancellationToken);

    /// <summary>Runs an action with two arguments in a worker.</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <param name="function">A method, a lambda or a closure.</param>
    /// <param name="argument1">Travels by value; must not be changed before the task is done.</param>
    /// <param name="argument2">Travels by value; must not be changed before the task is done.</param>
    /// <param name="cancellationToken">Ends the task.</param>
    /// <inheritdoc cref="ApplyAsync{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public Task ApplyAsync<T1, T2>([Pickled] Action<T1, T2> function, T1 argument1, T2 argument2, CancellationToken cancellationToken = default) =>
        Submit<Action<T1, T2>, (T1, T2), Nothing>(function, static f => new PoolAction<T1, T2>(f), (argument1, argument2), cancellationToken);

    /// <summary>Runs an action with three arguments in a worker.</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <typeparam name="T3">The third argument's type.</typeparam>
    /// <param name="function">A method, a lambda or a closure.</param>
    /// <param name="argument1">Travels by value; must not be changed before the task is done.</param>
    /// <param name="argument2">Travels by value; must not be changed before the task is done.</param>
    /// <param name="argument3">Travels by value; must not be changed before the task is done.</param>
    /// <param name="cancellationToken">Ends the task.</param>
    /// <inheritdoc cref="ApplyAsync{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public Task ApplyAsync<T1, T2, T3>([Pickled] Action<T1, T2, T3> function, T1 argument1, T2 argument2, T3 argument3, CancellationToken cancellationToken = default) =>
        Submit<Action<T1, T2, T3>, (T1, T2, T3), Nothing>(function, static f => new PoolAction<T1, T2, T3>(f), (argument1, argument2, argument3), cancellationToken);

    /// <summary>Runs an asynchronous function in a worker, to its end.</summary>
    /// <typeparam name="TResult">What it returns.</typeparam>
    /// <param name="function">A method, a lambda or a closure; the worker does nothing else while it awaits.</param>
    /// <param name="cancellationToken">Ends the task.</param>
    /// <inheritdoc cref="ApplyAsync{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public Task<TResult> ApplyAsync<TResult>([Pickled] Func<Task<TResult>> function, CancellationToken cancellationToken = default) =>
        Submit<Func<Task<TResult>>, Nothing, TResult>(function, static f => new PoolAsyncFunc<TResult>(f), default, cancellationToken);

    /// <summary>Runs an asynchronous function with an argument in a worker, to its end.</summary>
    /// <typeparam name="T">The argument's type.</typeparam>
    /// <typeparam name="TResult">What it returns.</typeparam>
    /// <param name="function">A method, a lambda or a closure; the worker does nothing else while it awaits.</param>
    /// <param name="argument">Travels by value; must not be changed before the task is done.</param>
    /// <param name="cancellationToken">Ends the task.</param>
    /// <inheritdoc cref="ApplyAsync{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public Task<TResult> ApplyAsync<T, TResult>([Pickled] Func<T, Task<TResult>> function, T argument, CancellationToken cancellationToken = default) =>
        Submit<Func<T, Task<TResult>>, T, TResult>(function, static f => new PoolAsyncFunc<T, TResult>(f), argument, cancellationToken);

    /// <summary>Runs an asynchronous function with two arguments in a worker, to its end.</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <typeparam name="TResult">What it returns.</typeparam>
    /// <param name="function">A method, a lambda or a closure; the worker does nothing else while it awaits.</param>
    /// <param name="argument1">Travels by value; must not be changed before the task is done.</param>
    /// <param name="argument2">Travels by value; must not be changed before the task is done.</param>
    /// <param name="cancellationToken">Ends the task.</param>
    /// <inheritdoc cref="ApplyAsync{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public Task<TResult> ApplyAsync<T1, T2, TResult>([Pickled] Func<T1, T2, Task<TResult>> function, T1 argument1, T2 argument2, CancellationToken cancellationToken = default) =>
        Submit<Func<T1, T2, Task<TResult>>, (T1, T2), TResult>(function, static f => new PoolAsyncFunc<T1, T2, TResult>(f), (argument1, argument2), cancellationToken);

    /// <summary>Runs an asynchronous function with three arguments in a worker, to its end.</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <typeparam name="T3">The third argument's type.</typeparam>
    /// <typeparam name="TResult">What it returns.</typeparam>
    /// <param name="function">A method, a lambda or a closure; the worker does nothing else while it awaits.</param>
    /// <param name="argument1">Travels by value; must not be changed before the task is done.</param>
    /// <param name="argument2">Travels by value; must not be changed before the task is done.</param>
    /// <param name="argument3">Travels by value; must not be changed before the task is done.</param>
    /// <param name="cancellationToken">Ends the task.</param>
    /// <inheritdoc cref="ApplyAsync{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public Task<TResult> ApplyAsync<T1, T2, T3, TResult>([Pickled] Func<T1, T2, T3, Task<TResult>> function, T1 argument1, T2 argument2, T3 argument3, CancellationToken cancellationToken = default) =>
        Submit<Func<T1, T2, T3, Task<TResult>>, (T1, T2, T3), TResult>(function, static f => new PoolAsyncFunc<T1, T2, T3, TResult>(f), (argument1, argument2, argument3), cancellationToken);

    /// <summary>Runs an asynchronous action in a worker, to its end.</summary>
    /// <param name="function">A method, a lambda or a closure; the worker does nothing else while it awaits.</param>
    /// <param name="cancellationToken">Ends the task.</param>
    /// <inheritdoc cref="ApplyAsync{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public Task ApplyAsync([Pickled] Func<Task> function, CancellationToken cancellationToken = default) =>
        Submit<Func<Task>, Nothing, Nothing>(function, static f => new PoolAsyncAction(f), default, cancellationToken);

    /// <summary>Runs an asynchronous action with an argument in a worker, to its end.</summary>
    /// <typeparam name="T">The argument's type.</typeparam>
    /// <param name="function">A method, a lambda or a closure; the worker does nothing else while it awaits.</param>
    /// <param name="argument">Travels by value; must not be changed before the task is done.</param>
    /// <param name="cancellationToken">Ends the task.</param>
    /// <inheritdoc cref="ApplyAsync{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public Task ApplyAsync<T>([Pickled] Func<T, Task> function, T argument, CancellationToken cancellationToken = default) =>
        Submit<Func<T, Task>, T, Nothing>(function, static f => new PoolAsyncAction<T>(f), argument, cancellationToken);

    /// <summary>Runs an asynchronous action with two arguments in a worker, to its end.</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <param name="function">A method, a lambda or a closure; the worker does nothing else while it awaits.</param>
    /// <param name="argument1">Travels by value; must not be changed before the task is done.</param>
    /// <param name="argument2">Travels by value; must not be changed before the task is done.</param>
    /// <param name="cancellationToken">Ends the task.</param>
    /// <inheritdoc cref="ApplyAsync{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public Task ApplyAsync<T1, T2>([Pickled] Func<T1, T2, Task> function, T1 argument1, T2 argument2, CancellationToken cancellationToken = default) =>
        Submit<Func<T1, T2, Task>, (T1, T2), Nothing>(function, static f => new PoolAsyncAction<T1, T2>(f), (argument1, argument2), cancellationToken);

    /// <summary>Runs an asynchronous action with three arguments in a worker, to its end.</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <typeparam name="T3">The third argument's type.</typeparam>
    /// <param name="function">A method, a lambda or a closure; the worker does nothing else while it awaits.</param>
    /// <param name="argument1">Travels by value; must not be changed before the task is done.</param>
    /// <param name="argument2">Travels by value; must not be changed before the task is done.</param>
    /// <param name="argument3">Travels by value; must not be changed before the task is done.</param>
    /// <param name="cancellationToken">Ends the task.</param>
    /// <inheritdoc cref="ApplyAsync{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public Task ApplyAsync<T1, T2, T3>([Pickled] Func<T1, T2, T3, Task> function, T1 argument1, T2 argument2, T3 argument3, CancellationToken cancellationToken = default) =>
        Submit<Func<T1, T2, T3, Task>, (T1, T2, T3), Nothing>(function, static f => new PoolAsyncAction<T1, T2, T3>(f), (argument1, argument2, argument3), cancellationToken);

    private Task<TResult> Submit<TDelegate, TArguments, TResult>(
        TDelegate function, Func<TDelegate, PoolFunction> wrap, TArguments arguments, CancellationToken cancellationToken)
        where TDelegate : Delegate
    {
        ArgumentNullException.ThrowIfNull(function);
        PromisedResult<TDelegate, TResult>.Refuse();
        _state.EnsureRunning();
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<TResult>(cancellationToken);
        }

        FunctionEntry entry = Engine.Functions.ForCall(function, wrap);
        ApplyItem<TArguments, TResult> item = new(entry, TaskOptions, arguments) { Watch = CallWatch.ForCall(Name, entry, TaskOptions) };
        if (cancellationToken.CanBeCanceled)
        {
            EndWith(cancellationToken, item.Task, item.TryCancel);
        }

        Engine.Submit(item);
        if (entry.Undo is not null)
        {
            ForgetAfter(item.Task, entry);
        }

        return item.Watch is null ? item.Task : item.Watch.FollowAsync(item.Task);
    }

    private void ForgetAfter(Task task, FunctionEntry entry) => task.ContinueWith(
        _ => Engine.Forget(entry), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>Cancels a task with the token. Called before the task is submitted, which may be all of its run.</summary>
    private void EndWith(CancellationToken cancellationToken, Task task, Func<CancellationToken, bool> cancel)
    {
        CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            _ =>
            {
                if (cancel(cancellationToken))
                {
                    Engine.NoteAbandoned();
                }
            },
            null);
        task.ContinueWith(
            static (_, state) => ((CancellationTokenRegistration)state!).Unregister(),
            registration,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }
}
