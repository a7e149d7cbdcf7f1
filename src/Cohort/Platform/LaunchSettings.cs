using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>
/// What a child inherits from the thread that starts it, and Linux keeps for each thread. So it is set on a thread that starts
/// this one child and ends.
/// </summary>
internal sealed unsafe record LaunchSettings
{
    /// <summary>-20 to 19; null for that of this process.</summary>
    public int? Nice { get; init; }

    /// <summary>The processors that the child may use; null for those of this process.</summary>
    public IReadOnlyCollection<int>? Processors { get; init; }

    /// <summary>Permissions that new files do not get.</summary>
    public int? FileModeMask { get; init; }

    public int? UserId { get; init; }

    public int? GroupId { get; init; }

    public IReadOnlyCollection<int>? ExtraGroupIds { get; init; }

    /// <summary>Changes the calling thread, for good.</summary>
    /// <exception cref="IOException">The system refuses, mostly for want of rights (EPERM).</exception>
    public void Apply(string fileName)
    {
        if (Nice is int nice)
        {
            Check(Libc.SetPriority(Libc.PRIO_PROCESS, 0, nice), $"nice {nice}", fileName);
        }

        if (Processors is not null)
        {
            try
            {
                CpuSet.ApplyToThread(Processors);
            }
            catch (IOException e)
            {
                throw new IOException($"cannot start '{fileName}' on processors {string.Join(", ", Processors)}: {e.Message}", e) { HResult = e.HResult };
            }
        }

        if (FileModeMask is int mask)
        {
            Check(Libc.Unshare(Libc.CLONE_FS), "a umask of its own", fileName);
            Libc.UMask((uint)mask);
        }

        // The user last: after that, the thread may change nothing of this any more.
        if (ExtraGroupIds is not null)
        {
            uint[] groups = [.. ExtraGroupIds.Select(static group => (uint)group)];
            Check(Libc.SetThreadGroups(groups), "extra groups", fileName);
        }

        if (GroupId is int group)
        {
            Check(Libc.SetThreadGroup((uint)group), $"group {group}", fileName);
        }

        if (UserId is int user)
        {
            Check(Libc.SetThreadUser((uint)user), $"user {user}", fileName);
        }
    }

    private static void Check(int result, string what, string fileName)
    {
        if (result != 0)
        {
            throw OsError.LastToException($"cannot start '{fileName}' with {what}");
        }
    }
}
