namespace Cohort.Serializing;

/// <summary>
/// A token that is cancelled or never will be; others depend on a source in this process. On the way into a task, such a token
/// stands for the task's own: whoever cancels the one cancels the other.
/// </summary>
internal sealed class CancellationTokenBody : Body<CancellationToken>
{
    private const byte Never = 0;
    private const byte Cancelled = 1;
    private const byte OfTask = 2;

    public override void Write(PickleWriter writer, ref CancellationToken value)
    {
        byte kind = value.IsCancellationRequested ? Cancelled : value.CanBeCanceled ? OfTask : Never;
        if (kind == OfTask)
        {
            if (!writer.CarriesTaskTokens)
            {
                throw writer.Refuse(
                    "CancellationToken that can still be cancelled cannot cross processes; pass it to the call that starts the work");
            }

            writer.HasTaskToken = true;
        }

        writer.Reserve(1) = kind;
    }

    public override CancellationToken Read(PickleReader reader, int id) => reader.Take(1) switch
    {
        OfTask => CancellationTokens.OfTask?.Invoke() ?? CancellationToken.None,
        Cancelled => new CancellationToken(true),
        _ => CancellationToken.None,
    };
}
