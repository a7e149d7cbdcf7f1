namespace Cohort.Messaging;

/// <summary>A message that a <see cref="ConnectionTransport"/> shows where it has it, until it is disposed.</summary>
internal abstract unsafe class IncomingMessage : IDisposable
{
    public abstract byte* Data { get; }

    public abstract int Length { get; }

    public ReadOnlySpan<byte> Span => new(Data, Length);

    /// <summary>The bytes as an array of the caller's own: a copy, unless the message is in one that nobody else has.</summary>
    public virtual byte[] ToArray() => Span.ToArray();

    /// <summary>Gives the memory back. Once.</summary>
    public abstract void Dispose();
}
