using Cohort.Serializing;
using Cohort.Sharing;

namespace Cohort.Synchronizing;

/// <summary>
/// A semaphore that cannot have more permits than at first (Python: <c>multiprocessing.BoundedSemaphore</c>), so that one
/// release too many is found where it happens. For threads and tasks of any number of processes.
/// </summary>
/// <remarks>
/// With <see cref="SemaphoreOptions.PermitTracking"/>, a release by a process that holds none gives back a permit of one that does.
/// </remarks>
[Picklable(typeof(SharedObjectPickler<BoundedInterprocessSemaphore>))]
public sealed class BoundedInterprocessSemaphore : SemaphoreBase, ISharedObject<BoundedInterprocessSemaphore>
{
    /// <summary>A semaphore that nobody else knows of yet.</summary>
    /// <param name="initialCount">How many permits there are, and at most will be.</param>
    /// <param name="options">How it works; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="IOException">The system has no memory or no descriptor left.</exception>
    public BoundedInterprocessSemaphore(int initialCount = 1, SemaphoreOptions? options = null)
        : this(SemaphoreCore.Allocate(SharedKind.BoundedSemaphore, initialCount, initialCount, options))
    {
    }

    private BoundedInterprocessSemaphore(SharedCell cell)
        : base(cell, isBounded: true)
    {
    }

    /// <summary>The semaphore of this name, for programs that are not each other's workers; a new one if there is none.</summary>
    /// <param name="name">Up to 248 bytes of UTF-8 without a slash.</param>
    /// <param name="initialCount">How many permits a new one has.</param>
    /// <param name="mode">Who may open it, if it is new: by default only this user.</param>
    /// <param name="options">How it works; null for the defaults. One that is there already has to work in the same way.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <inheritdoc cref="InterprocessLock.OpenOrCreate" path="//exception|//remarks"/>
    public static BoundedInterprocessSemaphore OpenOrCreate(
        string name, int initialCount = 1, UnixFileMode mode = NamedCells.OwnerOnly, SemaphoreOptions? options = null) =>
        new(SemaphoreCore.OpenOrCreate(SharedKind.BoundedSemaphore, name, mode, initialCount, initialCount, options));

    /// <summary>The semaphore of this name, whatever its options.</summary>
    /// <inheritdoc cref="InterprocessLock.Open" path="//exception|//param"/>
    public static BoundedInterprocessSemaphore Open(string name) => new(SemaphoreCore.Open(SharedKind.BoundedSemaphore, name));

    static SharedKind ISharedObject<BoundedInterprocessSemaphore>.Kind => SharedKind.BoundedSemaphore;

    static BoundedInterprocessSemaphore ISharedObject<BoundedInterprocessSemaphore>.FromCell(SharedCell cell) => new(SemaphoreCore.Checked(cell));
}
