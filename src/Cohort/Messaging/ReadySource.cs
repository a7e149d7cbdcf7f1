using System.Net.Sockets;
using System.Runtime.InteropServices;
using Cohort.Platform;

namespace Cohort.Messaging;

/// <summary>One of the things that <see cref="Connection.WaitAny"/> waits for.</summary>
internal abstract class ReadySource : IDisposable
{
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

    /// <summary>Has the set poked when a wait is over. What it found, and that it failed, the next look will say.</summary>
    protected static Task PokeAfter(Task wait, ReadySet set) => wait.ContinueWith(
        static (task, state) =>
        {
            _ = task.Exception;
            ((ReadySet)state!).Poke();
        },
        set,
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    private static DescriptorReadySource ForHandle(SafeHandle handle) => new(handle);
}
