namespace Cohort.Platform;

/// <summary>Reaps the orphans of this process, from time to time.</summary>
/// <remarks>
/// "Any child" must not be waited for: that would take the exit codes of <see cref="System.Diagnostics.Process"/>, of native
/// libraries and of this library. The children of this library are known and left alone. Others may be somebody's, who takes
/// them as soon as they are dead; so one is reaped when it has been dead at two looks in a row.
/// </remarks>
internal sealed class OrphanSweep
{
    private HashSet<ProcessIdentity> _seenBefore = [];

    /// <returns>How many were reaped.</returns>
    /// <exception cref="IOException">No descriptor is left to look with.</exception>
    /// <exception cref="UnauthorizedAccessException">/proc is closed to this process.</exception>
    public int Look()
    {
        if (!Orphans.HasDeadChildren())
        {
            _seenBefore = [];
            return 0;
        }

        HashSet<ProcessIdentity> dead = [.. Orphans.FindDead()];
        int reaped = dead.Count(orphan => _seenBefore.Contains(orphan) && Orphans.TryReap(orphan));
        _seenBefore = dead;
        return reaped;
    }
}
