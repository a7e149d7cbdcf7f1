namespace Cohort.Messaging;

/// <summary>A message in the ring itself. One object serves all of an end, as the receive lock is held while it is shown.</summary>
internal sealed unsafe class ShownMessage(RingTransport transport) : IncomingMessage
{
    private RingMessage _message;

    public override byte* Data => _message.Data;

    public override int Length => _message.Length;

    public ShownMessage Show(RingMessage message)
    {
        _message = message;
        return this;
    }

    public override void Dispose()
    {
        _message = default;
        transport.EndShowing();
    }
}
