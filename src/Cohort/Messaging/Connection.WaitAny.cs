using Cohort.Utils;

namespace Cohort.Messaging;

public sealed partial class Connection
{
    /// <summary>
    /// Blocks until at least one of some things is ready, and gives all that are (Python: <c>multiprocessing.connection.wait</c>).
    /// </summary>
    /// <param name="things">
    /// Connections, which are ready when <see cref="Poll"/> would be true; sockets and safe handles of descriptors, when there is
    /// something to read, to accept, or the end; manual-reset events such as the sentinel of a worker, when they are set. Kinds
    /// may be mixed.
    /// </param>
    /// <param name="timeout">How long to wait at most; null waits without end, zero and less only look.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <typeparam name="T">The type of the things: <see cref="Connection"/>, or <see cref="object"/> for a mixture.</typeparam>
    /// <returns>Those that are ready, in the order in which they came in; none when the time is over, or when there are no things.</returns>
    /// <exception cref="ArgumentException">One of them is of another kind.</exception>
    /// <exception cref="InvalidOperationException">One is the sending end of a one-way pair.</exception>
    /// <exception cref="IOException">A handle cannot be waited for, or no descriptor is left.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">One of them is closed, maybe since the wait began.</exception>
    public static IReadOnlyList<T> WaitAny<T>(
        IReadOnlyCollection<T> things, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(things);
        cancellationToken.ThrowIfCancellationRequested();
        Deadline deadline = DeadlineOf(timeout);
        using ReadySet set = new(things);
        return Select(things, set.Wait(deadline, cancellationToken));
    }

    /// <summary>Completes when at least one of some things is ready, and gives all that are, without blocking a thread.</summary>
    /// <inheritdoc cref="WaitAny"/>
    public static async ValueTask<IReadOnlyList<T>> WaitAnyAsync<T>(
        IReadOnlyCollection<T> things, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(things);
        cancellationToken.ThrowIfCancellationRequested();
        Deadline deadline = DeadlineOf(timeout);
        using ReadySet set = new(things);
        return Select(things, await set.WaitAsync(deadline, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>What <see cref="WaitAny"/> needs of a connection that it may wait for.</summary>
    internal ReadySource NewReadySource()
    {
        EnsureReadable();
        return _transport is RingTransport ring ? new RingReadySource(ring) : new PollReadySource(this);
    }

    private static Deadline DeadlineOf(TimeSpan? timeout) =>
        timeout is not { } time || time == Timeout.InfiniteTimeSpan ? Deadline.Never : Deadline.In(time < TimeSpan.Zero ? TimeSpan.Zero : time);

    private static List<T> Select<T>(IReadOnlyCollection<T> things, bool[] ready)
    {
        List<T> selected = [];
        int i = 0;
        foreach (T thing in things)
        {
            if (ready.Length > 0 && ready[i++])
            {
                selected.Add(thing);
            }
        }

        return selected;
    }
}
