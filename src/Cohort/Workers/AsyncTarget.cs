namespace Cohort.Workers;

/// <summary>A function that has ended when its task has.</summary>
internal sealed class AsyncTarget(Func<Task> function) : WorkerTarget<Func<Task>>(function)
{
    public override void Invoke() => Function().GetAwaiter().GetResult();
}

internal sealed class AsyncTarget<T>(Func<T, Task> function, T argument) : WorkerTarget<Func<T, Task>, T>(function, argument)
{
    public override void Invoke() => Function(Argument).GetAwaiter().GetResult();
}

internal sealed class AsyncTarget<T1, T2>(Func<T1, T2, Task> function, T1 argument1, T2 argument2)
    : WorkerTarget<Func<T1, T2, Task>, T1, T2>(function, argument1, argument2)
{
    public override void Invoke() => Function(Argument, Argument2).GetAwaiter().GetResult();
}

internal sealed class AsyncTarget<T1, T2, T3>(Func<T1, T2, T3, Task> function, T1 argument1, T2 argument2, T3 argument3)
    : WorkerTarget<Func<T1, T2, T3, Task>, T1, T2, T3>(function, argument1, argument2, argument3)
{
    public override void Invoke() => Function(Argument, Argument2, Argument3).GetAwaiter().GetResult();
}
