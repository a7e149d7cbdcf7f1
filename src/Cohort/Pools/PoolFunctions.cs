namespace Cohort.Pools;

// One small class for each shape of function: its arguments become one tuple, no result becomes Nothing, and a
// promise of a result is waited for, since a worker does one task at a time.

internal sealed class PoolFunc<TResult>(Func<TResult> function)
    : PoolFunction<Func<TResult>, Nothing, TResult>(function)
{
    public override TResult Invoke(Nothing arguments) => Target();
}

internal sealed class PoolFunc<T, TResult>(Func<T, TResult> function)
    : PoolFunction<Func<T, TResult>, T, TResult>(function)
{
    public override TResult Invoke(T arguments) => Target(arguments);
}

internal sealed class PoolFunc<T1, T2, TResult>(Func<T1, T2, TResult> function)
    : PoolFunction<Func<T1, T2, TResult>, (T1, T2), TResult>(function)
{
    public override TResult Invoke((T1, T2) arguments) => Target(arguments.Item1, arguments.Item2);
}

internal sealed class PoolFunc<T1, T2, T3, TResult>(Func<T1, T2, T3, TResult> function)
    : PoolFunction<Func<T1, T2, T3, TResult>, (T1, T2, T3), TResult>(function)
{
    public override TResult Invoke((T1, T2, T3) arguments) => Target(arguments.Item1, arguments.Item2, arguments.Item3);
}

internal sealed class PoolAction(Action function) : PoolFunction<Action, Nothing, Nothing>(function)
{
    public override Nothing Invoke(Nothing arguments)
    {
        Target();
        return default;
    }
}

internal sealed class PoolAction<T>(Action<T> function) : PoolFunction<Action<T>, T, Nothing>(function)
{
    public override Nothing Invoke(T arguments)
    {
        Target(arguments);
        return default;
    }
}

internal sealed class PoolAction<T1, T2>(Action<T1, T2> function) : PoolFunction<Action<T1, T2>, (T1, T2), Nothing>(function)
{
    public override Nothing Invoke((T1, T2) arguments)
    {
        Target(arguments.Item1, arguments.Item2);
        return default;
    }
}

internal sealed class PoolAction<T1, T2, T3>(Action<T1, T2, T3> function)
    : PoolFunction<Action<T1, T2, T3>, (T1, T2, T3), Nothing>(function)
{
    public override Nothing Invoke((T1, T2, T3) arguments)
    {
        Target(arguments.Item1, arguments.Item2, arguments.Item3);
        return default;
    }
}

internal sealed class PoolAsyncFunc<TResult>(Func<Task<TResult>> function)
    : PoolFunction<Func<Task<TResult>>, Nothing, TResult>(function)
{
    public override TResult Invoke(Nothing arguments) => Target().GetAwaiter().GetResult();
}

internal sealed class PoolAsyncFunc<T, TResult>(Func<T, Task<TResult>> function)
    : PoolFunction<Func<T, Task<TResult>>, T, TResult>(function)
{
    public override TResult Invoke(T arguments) => Target(arguments).GetAwaiter().GetResult();
}

internal sealed class PoolAsyncFunc<T1, T2, TResult>(Func<T1, T2, Task<TResult>> function)
    : PoolFunction<Func<T1, T2, Task<TResult>>, (T1, T2), TResult>(function)
{
    public override TResult Invoke((T1, T2) arguments) => Target(arguments.Item1, arguments.Item2).GetAwaiter().GetResult();
}

internal sealed class PoolAsyncFunc<T1, T2, T3, TResult>(Func<T1, T2, T3, Task<TResult>> function)
    : PoolFunction<Func<T1, T2, T3, Task<TResult>>, (T1, T2, T3), TResult>(function)
{
    public override TResult Invoke((T1, T2, T3) arguments) =>
        Target(arguments.Item1, arguments.Item2, arguments.Item3).GetAwaiter().GetResult();
}

internal sealed class PoolAsyncAction(Func<Task> function) : PoolFunction<Func<Task>, Nothing, Nothing>(function)
{
    public override Nothing Invoke(Nothing arguments)
    {
        Target().GetAwaiter().GetResult();
        return default;
    }
}

internal sealed class PoolAsyncAction<T>(Func<T, Task> function) : PoolFunction<Func<T, Task>, T, Nothing>(function)
{
    public override Nothing Invoke(T arguments)
    {
        Target(arguments).GetAwaiter().GetResult();
        return default;
    }
}

internal sealed class PoolAsyncAction<T1, T2>(Func<T1, T2, Task> function)
    : PoolFunction<Func<T1, T2, Task>, (T1, T2), Nothing>(function)
{
    public override Nothing Invoke((T1, T2) arguments)
    {
        Target(arguments.Item1, arguments.Item2).GetAwaiter().GetResult();
        return default;
    }
}

internal sealed class PoolAsyncAction<T1, T2, T3>(Func<T1, T2, T3, Task> function)
    : PoolFunction<Func<T1, T2, T3, Task>, (T1, T2, T3), Nothing>(function)
{
    public override Nothing Invoke((T1, T2, T3) arguments)
    {
        Target(arguments.Item1, arguments.Item2, arguments.Item3).GetAwaiter().GetResult();
        return default;
    }
}
