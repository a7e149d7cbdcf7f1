namespace Cohort.Pools;

/// <summary>A pool whose work the current thread is running; others may be around it, when such work calls another pool.</summary>
internal sealed class RunningHere
{
    [ThreadStatic]
    private static RunningHere? t_innermost;

    private readonly IPoolEngine _engine;
    private readonly RunningHere? _outer;

    private RunningHere(IPoolEngine engine, RunningHere? outer)
    {
        _engine = engine;
        _outer = outer;
    }

    /// <summary>Whether the current thread is somewhere inside work of that pool.</summary>
    public static bool IsIn(IPoolEngine engine)
    {
        RunningHere? running = t_innermost;
        while (running is not null && running._engine != engine)
        {
            running = running._outer;
        }

        return running is not null;
    }

    public static void Enter(IPoolEngine engine) => t_innermost = new RunningHere(engine, t_innermost);

    public static void Leave() => t_innermost = t_innermost?._outer;
}
