namespace Cohort.Serializing;

/// <summary>A token that is cancelled or never will be; others depend on a source in this process.</summary>
internal sealed class CancellationTokenBody : Body<CancellationToken>
{
    public override void Write(PickleWriter writer, ref CancellationToken value)
    {
        if (value.CanBeCanceled && !value.IsCancellationRequested)
        {
            throw writer.Refuse(
                "CancellationToken that can still be cancelled cannot cross processes; pass it to the call that starts the work");
        }

        writer.WriteBoolean(value.IsCancellationRequested);
    }

    public override CancellationToken Read(PickleReader reader, int id) => new(reader.ReadBoolean());
}
