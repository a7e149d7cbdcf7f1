namespace Cohort.Messaging;

/// <summary>The shape of one ring in shared memory, and of a frame in it. Both sides are the same build.</summary>
/// <remarks>
/// <code>
///  control (one page)                         data (capacity bytes, mapped twice back to back)
///  +0    head    bytes ever published         frame:  +0  uint  length | flags
///  +64   tail    bytes ever consumed                  +4  uint  tag
///  +128  closed  a side is gone                       +8  payload, padded to 8 bytes
/// </code>
/// Head is written by the sender only and tail by the receiver only, each on a cache line of its own. The sender
/// publishes head after the frame's last byte, so a sender that dies in the middle of a frame leaves nothing visible.
/// The double mapping makes every frame contiguous for both sides, wherever it starts.
/// <para>
/// A ring may have a second, much larger one beside it for long messages. Such a message goes there in one piece and a
/// short frame here announces it, so one order holds for all and both sides have it in one piece; what is not used of the
/// large ring takes no memory. A message that is too long even for that, or for a ring without, is cut into frames.
/// </para>
/// </remarks>
internal static class RingLayout
{
    public const int HeadOffset = 0;
    public const int TailOffset = 64;
    public const int ClosedOffset = 128;
    public const int ControlSize = 4096;

    public const int FrameHeaderSize = 8;

    /// <summary>The message goes on in the next frame.</summary>
    public const uint MoreFlag = 1u << 31;

    /// <summary>The frame opens a message of several frames and starts with its whole length (ulong).</summary>
    public const uint FirstFlag = 1u << 30;

    /// <summary>The frame holds only a length (long): the message itself is the next of the ring for long ones.</summary>
    public const uint ElsewhereFlag = 1u << 29;

    public const uint LengthMask = ElsewhereFlag - 1;

    /// <summary>The longest message: what a .NET array can hold.</summary>
    public static long MaxMessageLength => Array.MaxLength;

    public static int FrameSize(int payloadLength) => (FrameHeaderSize + payloadLength + 7) & ~7;
}
