using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Cohort.Serializing;

/// <summary>
/// Lets the recursion over an object graph go as deep as the graph, whatever the stack it starts on: when a stack is
/// nearly used up, the rest runs on a thread with a new one while this thread waits.
/// </summary>
internal static class StackGuard
{
    /// <summary>The stack is looked at when these bits of the depth are zero; sixteen levels fit into what is kept free.</summary>
    public const int CheckMask = 15;

    /// <summary>Deeper graphs are refused on both sides; bounds the memory that stacks take to some gigabytes.</summary>
    public const int MaxDepth = 8_000_000;

    private const int FreshStackSize = 128 * 1024 * 1024;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool HasRoom(int depth)
    {
        if (depth > MaxDepth)
        {
            throw new PickleException($"The objects are nested more than {MaxDepth} deep.");
        }

        return RuntimeHelpers.TryEnsureSufficientExecutionStack();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void RunOnFreshStack<TState>(TState state, Action<TState> action)
    {
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(
            () =>
            {
                try
                {
                    action(state);
                }
                catch (Exception exception)
                {
                    failure = ExceptionDispatchInfo.Capture(exception);
                }
            },
            FreshStackSize)
        {
            IsBackground = true,
            Name = "Cohort deep graph",
        };
        thread.Start();
        thread.Join();
        failure?.Throw();
    }
}
