namespace Cohort.Messaging;

/// <summary>
/// A message is longer than the receiver would take (Python: <c>OSError('bad message length')</c> of
/// <c>Connection.recv_bytes</c>). It was not read, so nothing can be received from this connection any more.
/// </summary>
public sealed class MessageTooLongException : CohortException
{
    internal MessageTooLongException(long length, long maxLength, string peer)
        : base($"A message of {length} bytes came from {peer} where at most {maxLength} are taken. The connection cannot be read any more.")
    {
        Length = length;
        MaxLength = maxLength;
    }

    /// <summary>Bytes of the message.</summary>
    public long Length { get; }

    /// <summary>Bytes that were allowed.</summary>
    public long MaxLength { get; }
}
