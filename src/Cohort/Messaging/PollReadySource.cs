using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>
/// A connection over a socket. It is asked itself, and not its descriptor: bytes may be decrypted already, and a close here
/// does not show at a descriptor.
/// </summary>
internal sealed class PollReadySource(Connection connection) : ReadySource
{
    public override bool IsReady() => connection.Poll();

    public override void Watch(ReadySet set) =>
        WatchOnce(() => connection.PollAsync(Timeout.InfiniteTimeSpan, set.Ended).AsTask(), set);

    /// <summary>The watch ends with the set.</summary>
    public override void Dispose()
    {
    }
}
