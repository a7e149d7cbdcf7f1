using Cohort.Serializing;
using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>The frames of a long message one after the other, as its reader asks for them.</summary>
/// <remarks>
/// For a side that may block: it reads the message out of the ring while the sender is still writing it, and a large array
/// is copied once, from the ring to where it belongs.
/// </remarks>
internal sealed unsafe class RingParts(RingReceiver ring, Doorbell ownBell, SpinBudget spin) : IPickleSource
{
    /// <summary>Bytes of the message that are in frames to come.</summary>
    public long Remaining { get; private set; }

    /// <summary>Blocks for a message; of a long one, for its first part.</summary>
    /// <exception cref="RingClosedException">Nothing is left and the sender is gone.</exception>
    /// <exception cref="InvalidDataException">What stands in the ring was not written by <see cref="RingSender"/>.</exception>
    public RingMessage Receive()
    {
        ring.WaitForData(ownBell, spin, Deadline.Never);
        RingMessage message = ring.TakeFirst(out long total);
        Remaining = total - message.Length;
        return message;
    }

    public byte* Next(out int length)
    {
        ring.Release();
        ring.WaitForData(ownBell, spin, Deadline.Never);
        RingMessage part = ring.TakePart();
        if (part.Length > Remaining)
        {
            throw new InvalidDataException($"A message came with {part.Length - Remaining} bytes more than it announced.");
        }

        Remaining -= part.Length;
        length = part.Length;
        return part.Data;
    }

    /// <summary>Gives back all of the message, also what was not read of it.</summary>
    public void Release()
    {
        while (Remaining > 0)
        {
            Next(out _);
        }

        ring.Release();
    }
}
