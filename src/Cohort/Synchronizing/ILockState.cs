namespace Cohort.Synchronizing;

/// <summary>What a <see cref="LockHandle"/> lets go of.</summary>
internal interface ILockState
{
    /// <summary>Releases what was acquired under this number, if that is still held.</summary>
    /// <returns>False when it is held, and belongs to another thread.</returns>
    bool TryRelease(long acquisition);
}
