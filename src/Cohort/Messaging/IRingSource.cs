namespace Cohort.Messaging;

/// <summary>Bytes that a ring can take out in parts, so that large data is copied once, straight into shared memory.</summary>
internal interface IRingSource
{
    /// <summary>How many bytes the message has.</summary>
    long Length { get; }

    /// <summary>Copies the bytes from <paramref name="offset"/> on, as many as <paramref name="destination"/> holds.</summary>
    void CopyTo(long offset, Span<byte> destination);
}
