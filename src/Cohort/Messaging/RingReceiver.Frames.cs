namespace Cohort.Messaging;

internal sealed unsafe partial class RingReceiver
{
    /// <summary>The frame at the tail; there must be one.</summary>
    /// <exception cref="InvalidDataException">What stands there was not written by <see cref="RingSender"/>.</exception>
    private Frame Peek()
    {
        byte* start = _data + (_tail & _mask);
        Frame frame = new(start + RingLayout.FrameHeaderSize, *(uint*)start, *(uint*)(start + 4));
        ulong published = _seenHead - _tail;
        return (ulong)frame.Size <= published && published <= _capacity
            ? frame
            : throw new InvalidDataException($"The ring holds a frame of {frame.Length} bytes that its sender cannot have written.");
    }

    /// <summary>The frame at the tail as the start of a message, which is held until <see cref="Release"/>.</summary>
    /// <param name="total">How long the whole message is; more than the result when other parts follow.</param>
    internal RingMessage TakeFirst(out long total)
    {
        Frame frame = Peek();
        if (!frame.IsPart)
        {
            RingMessage whole = Hold(frame);
            total = whole.Length;
            return whole;
        }

        _heldFrame = frame.Size;
        int length = frame.Length - sizeof(long);
        total = length >= 0 && frame.IsFirst ? *(long*)frame.Payload : -1;
        if (length < 0 || total < length || total > RingLayout.MaxMessageLength || (total > length) != frame.HasMore)
        {
            throw new InvalidDataException($"The ring holds the start of a message of {total} bytes that its sender cannot have written.");
        }

        return new RingMessage(frame.Payload + sizeof(long), length, frame.Tag);
    }

    /// <summary>The frame at the tail as a later part of a message, which is held until <see cref="Release"/>.</summary>
    internal RingMessage TakePart()
    {
        Frame frame = Peek();
        if (frame.IsFirst)
        {
            throw new InvalidDataException("A message starts in the middle of another.");
        }

        _heldFrame = frame.Size;
        return new RingMessage(frame.Payload, frame.Length, frame.Tag);
    }

    /// <summary>A message of one piece, which is held until <see cref="Release"/>.</summary>
    private RingMessage Hold(Frame frame)
    {
        _heldFrame = frame.Size;
        if (!frame.IsElsewhere)
        {
            return new RingMessage(frame.Payload, frame.Length, frame.Tag);
        }

        if (_large is not { HasData: true } || frame.Length != sizeof(long))
        {
            throw new InvalidDataException("The ring announces a long message that is not there.");
        }

        Frame message = _large.Peek();
        if (message.Length != *(long*)frame.Payload || message.Tag != frame.Tag)
        {
            throw new InvalidDataException($"The ring announces a message of {*(long*)frame.Payload} bytes where one of {message.Length} is.");
        }

        return _large.Hold(message);
    }

    private readonly struct Frame(byte* payload, uint word, uint tag)
    {
        public byte* Payload { get; } = payload;

        public uint Tag { get; } = tag;

        public int Length => (int)(word & RingLayout.LengthMask);

        public int Size => RingLayout.FrameSize(Length);

        public bool HasMore => (word & RingLayout.MoreFlag) != 0;

        public bool IsFirst => (word & RingLayout.FirstFlag) != 0;

        /// <summary>Announces a message in the ring for long ones.</summary>
        public bool IsElsewhere => (word & RingLayout.ElsewhereFlag) != 0;

        /// <summary>One of the several frames of a message.</summary>
        public bool IsPart => (word & (RingLayout.MoreFlag | RingLayout.FirstFlag)) != 0;
    }
}
