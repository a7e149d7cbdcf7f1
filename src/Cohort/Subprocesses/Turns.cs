using System.Runtime.CompilerServices;

namespace Cohort.Subprocesses;

/// <summary>
/// Where the other side is always ready, nothing is ever waited for: the caller of an async method would not get its task back,
/// and no deadline or token would be looked at. So every so often a loop goes on elsewhere.
/// </summary>
internal static class Turns
{
    private const int AtOnce = 16;

    /// <param name="turn">How many the loop has made.</param>
    public static ConfiguredTaskAwaitable After(int turn) => Task.CompletedTask.ConfigureAwait(
        turn % AtOnce == 0 ? ConfigureAwaitOptions.ForceYielding : ConfigureAwaitOptions.None);
}
