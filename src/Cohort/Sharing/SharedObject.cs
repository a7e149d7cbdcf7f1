namespace Cohort.Sharing;

/// <summary>The base of objects whose state lies in memory that several processes share.</summary>
/// <remarks>
/// Such an object can be an argument, a captured variable or part of a result, at any time, between any processes of one
/// user: what arrives stands for the same memory. It has no name, so nothing of it is left when the last process that has
/// it open ends, however that ends (unless it was given one by <c>OpenOrCreate</c>, for unrelated programs). A process that sends one has to keep it until the receiver has it (see
/// <see cref="SharedObjectLostException"/>); from then on the receiver's stays good by itself, and can be sent on.
/// </remarks>
public abstract class SharedObject : IWaitOwner, IDisposable, IAsyncDisposable
{
    private protected SharedObject(SharedCell cell) => Cell = cell;

    /// <summary>Where the state lies.</summary>
    internal SharedCell Cell { get; }

    string IWaitOwner.ObjectName => GetType().FullName!;

    bool IWaitOwner.IsDisposed => Cell.IsDisposed;

    bool IWaitOwner.IsWithinFamily => Cell.IsWithinFamily;

    bool IWaitOwner.TryHold() => Cell.TryHold();

    void IWaitOwner.LetGo() => Cell.LetGo();

    /// <summary>Takes the name of a named object away. Whoever has it open keeps it; the next to ask for the name gets another.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">The name cannot be one.</exception>
    /// <exception cref="FileNotFoundException">No object has this name.</exception>
    /// <exception cref="UnauthorizedAccessException">The object is another user's.</exception>
    public static void Unlink(string name) => NamedCells.Unlink(name);

    /// <summary>
    /// Lets go of the shared memory in this process; others keep theirs. Idempotent. Threads that wait on the object get an
    /// <see cref="ObjectDisposedException"/>. A <see cref="Synchronizing.LockHandle"/> that holds it can still be disposed, which releases
    /// the lock for the other processes.
    /// </summary>
    public void Dispose()
    {
        // In this order: a wait that comes to hold it after the look sees that it is disposed, and gives it back. What is held
        // by then stays for its handle (LetGoOfHeld), or until both are collected.
        Cell.Close();
        if (!IsHeldHere)
        {
            Cell.Dispose();
        }

        DisposeParts();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    /// <summary>
    /// Whether something in this process holds it by a handle that is to be good after <see cref="Dispose"/>, since other processes
    /// wait for its release.
    /// </summary>
    private protected virtual bool IsHeldHere => false;

    /// <summary>Lets go of other shared objects that this one has made for itself. Idempotent.</summary>
    private protected virtual void DisposeParts()
    {
    }

    /// <summary>For the release of a handle: whether there still is something to release. Then <see cref="LetGoOfHeld"/> follows.</summary>
    /// <param name="isLate">Whether the object was disposed before.</param>
    private protected bool TryReach(out bool isLate)
    {
        isLate = Cell.IsDisposed;
        return !isLate || Cell.TryHold();
    }

    /// <summary>The end of a <see cref="TryReach"/>: the last handle to be released lets go of a disposed object's memory.</summary>
    private protected void LetGoOfHeld(bool isLate)
    {
        if (isLate)
        {
            if (!IsHeldHere)
            {
                Cell.Dispose();
            }

            Cell.LetGo();
        }

        GC.KeepAlive(this);
    }

    /// <summary>
    /// Keeps the memory until <see cref="SharedCell.LetGo"/>: for a step in the middle of which it must not go, as what is held in it
    /// would be let go of elsewhere, and others would wait for it.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The object was disposed in this process.</exception>
    internal void Hold() => ObjectDisposedException.ThrowIf(Cell.IsDisposed || !Cell.TryHold(), this);

    /// <exception cref="ObjectDisposedException">The object was disposed in this process.</exception>
    private protected void EnsureNotDisposed() => ObjectDisposedException.ThrowIf(Cell.IsDisposed, this);
}
