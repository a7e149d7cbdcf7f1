namespace Cohort.Messaging;

/// <summary>
/// A message did not fit into the buffer that it was received into (Python: <c>multiprocessing.BufferTooShort</c>). Nothing is
/// lost: the message is here.
/// </summary>
public sealed class BufferTooShortException : CohortException
{
    internal BufferTooShortException(byte[] message, int room)
        : base($"A message of {message.Length} bytes came where the buffer has room for {room}; {nameof(Bytes)} has all of it.") =>
        Bytes = message;

    /// <summary>The whole message.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }
}
