using Cohort.Serializing;
using Cohort.Sharing;

namespace Cohort.Synchronizing;

/// <summary>
/// A number of permits for threads and tasks of any number of processes, which releasing may make larger than it was at first
/// (Python: <c>multiprocessing.Semaphore</c>).
/// </summary>
/// <remarks>
/// With <see cref="SemaphoreOptions.PermitTracking"/>, a release by a process that holds none puts a new permit into circulation.
/// </remarks>
[Picklable(typeof(SharedObjectPickler<InterprocessSemaphore>))]
public sealed class InterprocessSemaphore : SemaphoreBase, ISharedObject<InterprocessSemaphore>
{
    /// <summary>A semaphore that nobody else knows of yet.</summary>
    /// <param name="initialCount">How many permits there are.</param>
    /// <param name="options">How it works; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="IOException">The system has no memory or no descriptor left.</exception>
    public InterprocessSemaphore(int initialCount = 1, SemaphoreOptions? options = null)
        : this(SemaphoreCore.Allocate(SharedKind.Semaphore, initialCount, int.MaxValue, options))
    {
    }

    private InterprocessSemaphore(SharedCell cell)
        : base(cell, isBounded: false)
    {
    }

    /// <summary>The semaphore of this name, for programs that are not each other's workers; a new one if there is none.</summary>
    /// <param name="name">Up to 248 bytes of UTF-8 without a slash.</param>
    /// <param name="initialCount">How many permits a new one has.</param>
    /// <param name="mode">Who may open it, if it is new: by default only this user.</param>
    /// <param name="options">How it works; null for the defaults. One that is there already has to work in the same way.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <inheritdoc cref="InterprocessLock.OpenOrCreate" path="//exception|//remarks"/>
    public static InterprocessSemaphore OpenOrCreate(
        string name, int initialCount = 1, UnixFileMode mode = NamedCells.OwnerOnly, SemaphoreOptions? options = null) =>
        new(SemaphoreCore.OpenOrCreate(SharedKind.Semaphore, name, mode, initialCount, int.MaxValue, options));

    /// <summary>The semaphore of this name, whatever its options.</summary>
    /// <inheritdoc cref="InterprocessLock.Open" path="//exception|//param"/>
    public static InterprocessSemaphore Open(string name) => new(SemaphoreCore.Open(SharedKind.Semaphore, name));

    static SharedKind ISharedObject<InterprocessSemaphore>.Kind => SharedKind.Semaphore;

    static InterprocessSemaphore ISharedObject<InterprocessSemaphore>.FromCell(SharedCell cell) => new(SemaphoreCore.Checked(cell));
}
