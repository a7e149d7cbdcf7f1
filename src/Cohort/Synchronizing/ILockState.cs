namespace Cohort.Synchronizing;

/// <summary>What a <see cref="LockHandle"/> lets go of.</summary>
internal interface ILockState
{
    /// <summary>Releases what was acquired under this number, if that is still held.</summary>
    /// <exception cref="SynchronizationLockException">It belongs to another thread.</exception>
    void Release(long acquisition);
}
