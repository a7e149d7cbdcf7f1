namespace Cohort.Messaging;

/// <summary>A message that a <see cref="RingReceiver"/> shows in place.</summary>
internal readonly unsafe struct RingMessage(byte* data, int length, uint tag)
{
    public byte* Data { get; } = data;

    public int Length { get; } = length;

    /// <summary>What the sender wrote beside the payload.</summary>
    public uint Tag { get; } = tag;

    public ReadOnlySpan<byte> Span => new(Data, Length);
}
