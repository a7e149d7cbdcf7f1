using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>What a process asks of the system for itself.</summary>
internal static class OwnProcess
{
    /// <summary>The process that is this one's parent now.</summary>
    public static int ParentId => Libc.GetPPid();

    /// <summary>The user by whose rights this process acts.</summary>
    public static uint UserId => Libc.GetEUid();

    /// <summary>A secret from the kernel itself: the runtime's generator would load a cryptography library first.</summary>
    /// <param name="length">At most 256.</param>
    /// <exception cref="IOException">The kernel has none to give.</exception>
    public static unsafe byte[] GetRandomBytes(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, 256);
        byte[] bytes = new byte[length];
        fixed (byte* buffer = bytes)
        {
            return Libc.GetRandom(buffer, (nuint)length, 0) == length
                ? bytes
                : throw OsError.LastToException("cannot get random bytes");
        }
    }

    /// <summary>Ends this process at once: no finalizers, no exit handlers.</summary>
    public static void Exit(int exitCode) => Libc.Exit(exitCode);

    /// <summary>The signal that this process gets when the thread that started it ends.</summary>
    public static void SetParentDeathSignal(int signal) => Libc.Prctl(Libc.PR_SET_PDEATHSIG, (nuint)signal);

    /// <summary>Descendants whose parents die become children of this process from now on, and no strangers.</summary>
    public static void AdoptOrphans() => Libc.Prctl(Libc.PR_SET_CHILD_SUBREAPER, 1);

    /// <summary>Kills all descendants, then the own process group with this process in it.</summary>
    public static void KillTree()
    {
        // What another thread starts from here on would escape the look. Where it cannot be forbidden, the look is all.
        ProcessCreation.TryForbid();
        try
        {
            ProcessTree.KillDescendants(Environment.ProcessId);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without /proc, or a descriptor to read it, the group is all that can be found.
        }

        Libc.Kill(0, Signal.SIGKILL);
        Libc.Exit(1);
    }

    /// <summary>Sets a variable for .NET and for native code, which have an environment each; null removes it.</summary>
    public static void SetEnvironmentVariable(string name, string? value)
    {
        Environment.SetEnvironmentVariable(name, value);
        if (value is null)
        {
            Libc.UnsetEnv(name);
        }
        else
        {
            Libc.SetEnv(name, value, 1);
        }
    }
}
