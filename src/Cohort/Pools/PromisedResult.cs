namespace Cohort.Pools;

/// <summary>
/// Functions that give a promise to methods that await none: a worker that hands the promise on has not done the work, and in another
/// process nobody can await it.
/// </summary>
internal static class PromisedResult<TDelegate, TResult>
    where TDelegate : Delegate
{
    /// <summary>A function that is awaited may give what it likes: its own type then says another result than the call.</summary>
    private static readonly bool s_isPromise =
        IsPromise(typeof(TResult)) && typeof(TDelegate).GenericTypeArguments is [.., Type result] && result == typeof(TResult);

    /// <summary>The same in all pools, also in those whose workers could hand on the object.</summary>
    /// <exception cref="ArgumentException">It is one.</exception>
    public static void Refuse()
    {
        if (s_isPromise)
        {
            throw new ArgumentException(
                $"The function gives a {typeof(TResult).Name.Split('`')[0]}, which this method does not await. Use ApplyAsync, MapAsync, StarMapAsync, " +
                "MapStreamAsync or one of their like with a function that gives a Task (AsTask turns a value task into one).",
                "function");
        }
    }

    private static bool IsPromise(Type type) =>
        typeof(Task).IsAssignableFrom(type) || type == typeof(ValueTask) ||
        (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>));
}
