using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Cohort.Serializing;

/*
 * Overview. Reading and writing recurse over the objects, and a graph may be deeper than any stack.
 *
 * Past DeferDepth, an object that can be allocated before its content is known is written as a stub; its content goes
 * into a queue and is written after the whole slot, from depth zero again. So stacks stay short: deep ones are slow as
 * well as dangerous, because every garbage collection walks them. The reader does the same when it meets a stub.
 *
 * Not everything can be put off. The parts of a dictionary's key must be there before it can be hashed, a pickler's
 * before the user's code runs. Inside such bodies the recursion goes on, and when the stack is nearly used up, on a
 * thread with a fresh one while this thread waits.
 */

/// <summary>Lets graphs be as deep as they are, whatever stack the work starts on.</summary>
internal static class DeepGraph
{
    /// <summary>The stack is looked at when these bits of the depth are zero; sixteen levels fit into what is kept free.</summary>
    public const int CheckMask = 15;

    /// <summary>Deeper recursion is refused on both sides; bounds the memory that stacks take.</summary>
    public const int MaxDepth = 2_000_000;

    /// <summary>From here on contents are put off where possible.</summary>
    public const int DeferDepth = 256;

    private const int FreshStackSize = 64 * 1024 * 1024;

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
