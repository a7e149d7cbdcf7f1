using Cohort.Messaging;
using Cohort.Serializing;

namespace Cohort.Pools;

/// <summary>What stands in the frames between a pool and its workers. Both sides are the same build.</summary>
/// <remarks>
/// Requests are tagged with the task's number, or 0 for a <see cref="Control"/>. A task is the function's id (or
/// <see cref="FunctionEntry.Inline"/> and the definition), then the arguments. Replies carry the same tag and start with a
/// word: the status in the low byte, the elapsed time in units of 100 ns above it, up to 1.6 s.
/// </remarks>
internal static class PoolFrames
{
    public const int MaxElapsed = (1 << 24) - 1;

    public enum Control
    {
        /// <summary>Followed by an id and a definition.</summary>
        Define,

        /// <summary>Followed by an id that will not be called again.</summary>
        Forget,

        /// <summary>Finish: no more tasks come.</summary>
        Exit,
    }

    public enum Status : byte
    {
        /// <summary>Followed by the results.</summary>
        Done,

        /// <summary>Followed by an exception.</summary>
        Failed,

        /// <summary>The worker is there and initialized (tag 0); followed by the start function's result, if there is one.</summary>
        Ready,

        /// <summary>The initializer threw; followed by an exception (tag 0).</summary>
        NotInitialized,

        /// <summary>The worker has done all and ends (tag 0); followed by the exit function's result, if there is one.</summary>
        Left,

        /// <summary>The same, but the exit function threw; followed by an exception (tag 0).</summary>
        LeftWithFault,
    }

    public static int ReplyWord(Status status, TimeSpan elapsed) =>
        (int)status | ((int)Math.Min(elapsed.Ticks, MaxElapsed) << 8);

    public static (Status Status, TimeSpan Elapsed) ReadReplyWord(int word) =>
        ((Status)(byte)word, TimeSpan.FromTicks((uint)word >> 8));

    /// <summary>Refuses what no ring takes.</summary>
    /// <exception cref="PickleException">The message is too long.</exception>
    public static void EnsureFits(WriterSource message, string what)
    {
        if (message.Length > RingLayout.MaxMessageLength)
        {
            throw new PickleException(
                $"{what} of a task take {message.Length} bytes, above the limit of {RingLayout.MaxMessageLength}; send the data in parts.");
        }
    }
}
