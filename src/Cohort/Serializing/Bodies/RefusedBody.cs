namespace Cohort.Serializing;

/// <summary>Stands for a type that cannot travel, and says so when a value of it is met.</summary>
internal sealed class RefusedBody<T>(string reason, Exception? cause) : Body<T>
{
    private string Message => $"{TypeDisplay.Of(typeof(T))} {reason}";

    public override void EnsureAllowed(PickleWriter writer) => throw writer.Refuse(Message, cause);

    public override void Write(PickleWriter writer, ref T value) => throw writer.Refuse(Message, cause);

    public override T Read(PickleReader reader, int id) => throw new PickleException(Message, cause);
}
