using Cohort.Messaging;
using Cohort.Serializing;

namespace Cohort.Pools;

/// <summary>What stands in the frames between a pool and its workers. Both sides are the same build.</summary>
/// <remarks>
/// Requests are tagged with the task's number, or 0 for a <see cref="Control"/>. A task is the function's id
/// with a bit that says whether it is traced, the trace context if it is, the definition if the function is
/// <see cref="FunctionEntry.Inline"/>, then the arguments. Replies carry the same tag and start with a word: the status in the
/// low byte and the elapsed time above it, in units of 100 ns up to 0.8 s, and of 10 ms up to 23 hours.
/// </remarks>
internal static class PoolFrames
{
    /// <summary>In the time's part of a reply's word: the unit is the coarse one.</summary>
    private const int Coarse = 1 << 23;
    private const int CoarseTicks = 100_000;

    public enum Control
    {
        /// <summary>Followed by an id and a definition.</summary>
        Define,

        /// <summary>Followed by an id that will not be called again.</summary>
        Forget,

        /// <summary>Finish: no more tasks come.</summary>
        Exit,

        /// <summary>Followed by an id that will be called, but not yet.</summary>
        Prepare,
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

        /// <summary>The worker is there and about to be initialized (tag 0); only told where that may take a limited time.</summary>
        Initializing,

        /// <summary>The worker has done all and ends (tag 0); followed by the exit function's result, if there is one.</summary>
        Left,

        /// <summary>The same, but the exit function threw; followed by an exception (tag 0).</summary>
        LeftWithFault,
    }

    /// <summary>The largest that a function word has room for.</summary>
    public const int MaxFunctionId = (1 << 30) - 1;

    public static int FunctionWord(int id, bool isTraced) => (id << 1) | (isTraced ? 1 : 0);

    public static (int Id, bool IsTraced) ReadFunctionWord(int word) => (word >> 1, (word & 1) != 0);

    public static int ReplyWord(Status status, TimeSpan elapsed)
    {
        long time = elapsed.Ticks < Coarse ? elapsed.Ticks : Coarse | Math.Min(elapsed.Ticks / CoarseTicks, Coarse - 1);
        return (int)status | ((int)time << 8);
    }

    public static (Status Status, TimeSpan Elapsed) ReadReplyWord(int word)
    {
        uint time = (uint)word >> 8;
        return ((Status)(byte)word, TimeSpan.FromTicks(time < Coarse ? time : (time - Coarse) * (long)CoarseTicks));
    }

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
