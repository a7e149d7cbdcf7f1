namespace Cohort.Pools;

/// <summary>
/// Never called. What is generic over value types is compiled ahead of time only for those types that this assembly mentions; for
/// all others a worker's first task waits about a millisecond for the JIT, and a program's first call of a pool some more.
/// </summary>
internal static class CommonSignatures
{
    public static void Mention(PoolBase pool, PoolFunction function)
    {
        MentionArgument<int>(pool, function);
        MentionArgument<long>(pool, function);
        MentionArgument<double>(pool, function);
        MentionArgument<object>(pool, function);
    }

    private static void MentionArgument<T>(PoolBase pool, PoolFunction function)
    {
        Mention<T, int>(pool, function);
        Mention<T, long>(pool, function);
        Mention<T, double>(pool, function);
        Mention<T, bool>(pool, function);
        Mention<T, object>(pool, function);
    }

    private static void Mention<T, TResult>(PoolBase pool, PoolFunction function)
    {
        PoolFunc<T, TResult> typed = (PoolFunc<T, TResult>)function;
        Func<T, TResult> call = (Func<T, TResult>)function.Function;
        typed.Mention();
        typed.Invoke(default!);
        pool.Apply(call, default!, default);
        pool.ApplyAsync(call, default!, default);
        pool.Map(call, []);
        pool.MapAsync(call, []);
    }
}
