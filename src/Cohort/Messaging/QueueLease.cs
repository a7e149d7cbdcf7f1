namespace Cohort.Messaging;

/// <summary>
/// An item that this process has taken from a queue and not finished. If the process ends before <see cref="Complete"/>,
/// however it ends, another process gets the item.
/// </summary>
/// <typeparam name="T">The item's type.</typeparam>
public sealed class QueueLease<T> : IDisposable
{
    private readonly LeasedItem _item;
    private QueueCore? _core;

    internal QueueLease(QueueCore core, LeasedItem item, T value)
    {
        _core = core;
        _item = item;
        Value = value;
    }

    /// <summary>The item.</summary>
    public T Value { get; }

    /// <summary>Says that the item is done with: nobody gets it again. Does nothing the second time.</summary>
    /// <exception cref="InvalidOperationException">The item was given back.</exception>
    /// <exception cref="ObjectDisposedException">The queue was disposed in this process.</exception>
    public void Complete()
    {
        if (Interlocked.Exchange(ref _core, null) is { } core)
        {
            core.Complete(_item.Position);
            IsCompleted = true;
        }
        else if (!IsCompleted)
        {
            throw new InvalidOperationException("The item was given back to the queue before it was said to be done.");
        }
    }

    /// <summary>Whether <see cref="Complete"/> was called.</summary>
    public bool IsCompleted { get; private set; }

    /// <summary>Gives the item back to the queue, to be taken before all others, unless it is completed.</summary>
    /// <exception cref="ObjectDisposedException">The queue was disposed in this process.</exception>
    public void Dispose() => Interlocked.Exchange(ref _core, null)?.GiveBack(_item.Position);
}
