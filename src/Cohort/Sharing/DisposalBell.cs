using System.Runtime.InteropServices;
using Cohort.Platform;

namespace Cohort.Sharing;

/// <summary>Wakes the long sleepers of this process when something was disposed that somebody here waits at.</summary>
/// <remarks>
/// One word for all: it is rung only where an operation is under way, which is rare, and who is woken for nothing sleeps on. Who
/// sleeps reads the word before looking whether its object was disposed, so a disposal after that look does not let it sleep.
/// </remarks>
internal static unsafe class DisposalBell
{
    /// <summary>Never freed, as somebody may always sleep here.</summary>
    private static readonly int* s_word = (int*)NativeMemory.AllocZeroed(64);

    /// <summary>Where to sleep, besides the word of what is waited for.</summary>
    public static WaitTarget Target => new(s_word, Volatile.Read(ref *s_word));

    public static void Ring()
    {
        Interlocked.Increment(ref *s_word);
        AddressWaiter.Instance.Wake(ref *s_word, int.MaxValue);
    }
}
