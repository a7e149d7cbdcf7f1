using System.Net.Sockets;
using System.Runtime.InteropServices;
using Cohort.Platform;

namespace Cohort.Messaging;

/// <summary>One of the things that <see cref="Connection.WaitAny"/> waits for.</summary>
internal abstract class ReadySource : IDisposable
{
    private int _isWatched;

    /// <summary>Whether it is ready. Takes nothing.</summary>
    public abstract bool IsReady();

    /// <summary>Announces that somebody is about to sleep for it; false when it can only be watched.</summary>
    public virtual bool TryAnnounce(out WaitTarget target)
    {
        target = default;
        return false;
    }

    /// <summary>Has the set poked when it comes to be ready; does nothing while that is on.</summary>
    public abstract void Watch(ReadySet set);

    public abstract void Dispose();

    /// <exception cref="ArgumentException">It is nothing that can be waited for.</exception>
    public static ReadySource For(object? thing) => thing switch
    {
        Connection connection => connection.NewReadySource(),
        Socket socket => ForHandle(socket.SafeHandle),
        ManualResetEvent set => new EventReadySource(set),
        SafeHandle handle => ForHandle(handle),
        null => throw new ArgumentNullException("things", "One of the things to wait for is null."),
        _ => throw new ArgumentException(
            $"A {thing.GetType().Name} cannot be waited for here: connections, sockets, safe handles and manual-reset events can.", "things"),
    };

    /// <summary>Of one that can be announced: whether the <see cref="Sharing.DeathBell"/> tells of all whose news could be lost with them.</summary>
    public virtual bool IsWithinFamily => false;

    /// <summary>Starts a watch, unless one is on.</summary>
    /// <param name="start">Waits for what is watched for, until the set ends. What it found, and that it failed, the next look will say.</param>
    /// <param name="set">Is poked when the wait is over.</param>
    protected void WatchOnce(Func<Task> start, ReadySet set)
    {
        if (Interlocked.Exchange(ref _isWatched, 1) == 0)
        {
            start().ContinueWith(
                task =>
                {
                    // The watch is over before the poke: whoever is poked may start the next, and who finds this one on is poked by it.
                    _ = task.Exception;
                    Interlocked.Exchange(ref _isWatched, 0);
                    set.Poke();
                },
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }
    }

    private static DescriptorReadySource ForHandle(SafeHandle handle) => new(handle);
}
