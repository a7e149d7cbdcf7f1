namespace Cohort.Workers;

/// <summary>A function that has ended when it returns.</summary>
internal sealed class ActionTarget(Action function) : WorkerTarget<Action>(function)
{
    public override void Invoke() => Function();
}

internal sealed class ActionTarget<T>(Action<T> function, T argument) : WorkerTarget<Action<T>, T>(function, argument)
{
    public override void Invoke() => Function(Argument);
}

internal sealed class ActionTarget<T1, T2>(Action<T1, T2> function, T1 argument1, T2 argument2)
    : WorkerTarget<Action<T1, T2>, T1, T2>(function, argument1, argument2)
{
    public override void Invoke() => Function(Argument, Argument2);
}

internal sealed class ActionTarget<T1, T2, T3>(Action<T1, T2, T3> function, T1 argument1, T2 argument2, T3 argument3)
    : WorkerTarget<Action<T1, T2, T3>, T1, T2, T3>(function, argument1, argument2, argument3)
{
    public override void Invoke() => Function(Argument, Argument2, Argument3);
}
