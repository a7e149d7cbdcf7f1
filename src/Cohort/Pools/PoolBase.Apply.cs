using Cohort.Serializing;

namespace Cohort.Pools;

/// <summary>Single calls, waited for.</summary>
public abstract partial class PoolBase
{
    /// <summary>Runs a function in a worker and blocks for its result.</summary>
    /// <typeparam name="TResult">What it returns.</typeparam>
    /// <param name="function">A method, a lambda or a closure.</param>
    /// <param name="cancellationToken">Ends the wait at once, and the task: one that runs has its worker killed after a grace time.</param>
    /// <exception cref="ArgumentException">The function gives a task or a value task: that is for the methods whose names end in Async, which await it.</exception>
    /// <exception cref="InvalidOperationException">The pool is closed or terminated; or this is one of its own worker threads, which would wait for itself.</exception>
    /// <exception cref="Serializing.PickleException">The function, an argument or the result cannot travel.</exception>
    /// <exception cref="WorkerLostException">The worker died while it ran the function.</exception>
    /// <exception cref="PoolBrokenException">The pool cannot start workers or initialize them.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the pool terminated.</exception>
    /// <exception cref="RemoteTaskException">The function threw an exception that cannot be rebuilt here.</exception>
    public TResult Apply<TResult>([Pickled] Func<TResult> function, CancellationToken cancellationToken = default) =>
        Wait(Blocking.Submit<Func<TResult>, Nothing, TResult>(function, static f => new PoolFunc<TResult>(f), default, cancellationToken));

    /// <summary>Runs a function with an argument in a worker and blocks for its result.</summary>
    /// <typeparam name="T">The argument's type.</typeparam>
    /// <typeparam name="TResult">What it returns.</typeparam>
    /// <param name="function">A method, a lambda or a closure.</param>
    /// <param name="argument">Travels by value; workers in this process share it.</param>
    /// <param name="cancellationToken">Ends the wait and the task.</param>
    /// <inheritdoc cref="Apply{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public TResult Apply<T, TResult>([Pickled] Func<T, TResult> function, T argument, CancellationToken cancellationToken = default) =>
        Wait(Blocking.Submit<Func<T, TResult>, T, TResult>(function, static f => new PoolFunc<T, TResult>(f), argument, cancellationToken));

    /// <summary>Runs a function with two arguments in a worker and blocks for its result.</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <typeparam name="TResult">What it returns.</typeparam>
    /// <param name="function">A method, a lambda or a closure.</param>
    /// <param name="argument1">Travels by value; workers in this process share it.</param>
    /// <param name="argument2">Travels by value; workers in this process share it.</param>
    /// <param name="cancellationToken">Ends the wait and the task.</param>
    /// <inheritdoc cref="Apply{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public TResult Apply<T1, T2, TResult>([Pickled] Func<T1, T2, TResult> function, T1 argument1, T2 argument2, CancellationToken cancellationToken = default) =>
        Wait(Blocking.Submit<Func<T1, T2, TResult>, (T1, T2), TResult>(function, static f => new PoolFunc<T1, T2, TResult>(f), (argument1, argument2), cancellationToken));

    /// <summary>Runs a function with three arguments in a worker and blocks for its result.</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <typeparam name="T3">The third argument's type.</typeparam>
    /// <typeparam name="TResult">What it returns.</typeparam>
    /// <param name="function">A method, a lambda or a closure.</param>
    /// <param name="argument1">Travels by value; workers in this process share it.</param>
    /// <param name="argument2">Travels by value; workers in this process share it.</param>
    /// <param name="argument3">Travels by value; workers in this process share it.</param>
    /// <param name="cancellationToken">Ends the wait and the task.</param>
    /// <inheritdoc cref="Apply{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public TResult Apply<T1, T2, T3, TResult>([Pickled] Func<T1, T2, T3, TResult> function, T1 argument1, T2 argument2, T3 argument3, CancellationToken cancellationToken = default) =>
        Wait(Blocking.Submit<Func<T1, T2, T3, TResult>, (T1, T2, T3), TResult>(function, static f => new PoolFunc<T1, T2, T3, TResult>(f), (argument1, argument2, argument3), cancellationToken));

    /// <summary>Runs an action in a worker and blocks until it is done.</summary>
    /// <param name="function">A method, a lambda or a closure.</param>
    /// <param name="cancellationToken">Ends the wait and the task.</param>
    /// <inheritdoc cref="Apply{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public void Apply([Pickled] Action function, CancellationToken cancellationToken = default) =>
        Wait(Blocking.Submit<Action, Nothing, Nothing>(function, static f => new PoolAction(f), default, cancellationToken));

    /// <summary>Runs an action with an argument in a worker and blocks until it is done.</summary>
    /// <typeparam name="T">The argument's type.</typeparam>
    /// <param name="function">A method, a lambda or a closure.</param>
    /// <param name="argument">Travels by value; workers in this process share it.</param>
    /// <param name="cancellationToken">Ends the wait and the task.</param>
    /// <inheritdoc cref="Apply{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public void Apply<T>([Pickled] Action<T> function, T argument, CancellationToken cancellationToken = default) =>
        Wait(Blocking.Submit<Action<T>, T, Nothing>(function, static f => new PoolAction<T>(f), argument, cancellationToken));

    /// <summary>Runs an action with two arguments in a worker and blocks until it is done.</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <param name="function">A method, a lambda or a closure.</param>
    /// <param name="argument1">Travels by value; workers in this process share it.</param>
    /// <param name="argument2">Travels by value; workers in this process share it.</param>
    /// <param name="cancellationToken">Ends the wait and the task.</param>
    /// <inheritdoc cref="Apply{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public void Apply<T1, T2>([Pickled] Action<T1, T2> function, T1 argument1, T2 argument2, CancellationToken cancellationToken = default) =>
        Wait(Blocking.Submit<Action<T1, T2>, (T1, T2), Nothing>(function, static f => new PoolAction<T1, T2>(f), (argument1, argument2), cancellationToken));

    /// <summary>Runs an action with three arguments in a worker and blocks until it is done.</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <typeparam name="T3">The third argument's type.</typeparam>
    /// <param name="function">A method, a lambda or a closure.</param>
    /// <param name="argument1">Travels by value; workers in this process share it.</param>
    /// <param name="argument2">Travels by value; workers in this process share it.</param>
    /// <param name="argument3">Travels by value; workers in this process share it.</param>
    /// <param name="cancellationToken">Ends the wait and the task.</param>
    /// <inheritdoc cref="Apply{TResult}(Func{TResult}, CancellationToken)" path="/exception"/>
    public void Apply<T1, T2, T3>([Pickled] Action<T1, T2, T3> function, T1 argument1, T2 argument2, T3 argument3, CancellationToken cancellationToken = default) =>
        Wait(Blocking.Submit<Action<T1, T2, T3>, (T1, T2, T3), Nothing>(function, static f => new PoolAction<T1, T2, T3>(f), (argument1, argument2, argument3), cancellationToken));

    /// <summary>This pool, for a thread that will wait for what it submits. Checked first, so that what is refused does not run.</summary>
    private PoolBase Blocking
    {
        get
        {
            Engine.RefuseOwnWorker();
            return this;
        }
    }

    /// <summary>Blocks for a task of this pool; its own exception is thrown, with the stack of where it was first thrown.</summary>
    private TResult Wait<TResult>(Task<TResult> task)
    {
        Engine.WaitFor(task);
        return task.GetAwaiter().GetResult();
    }
}
