namespace Cohort.Serializing;

/// <summary>An object that is only an identity, such as a lock object.</summary>
internal sealed class PlainObjectBody : Body<object>
{
    public override void Write(PickleWriter writer, ref object value)
    {
    }

    public override object Read(PickleReader reader, int id) => new();
}
