namespace Cohort.Serializing;

/// <summary>Lets a body that serves a family of types stand where one of a certain type is expected.</summary>
internal sealed class AdaptedBody<T>(Body family) : Body<T>
{
    public override Type WireType => family.WireType;

    public override bool IsSubstitute => family.IsSubstitute;

    public override void Write(PickleWriter writer, ref T value) => family.WriteObject(writer, value!);

    public override T Read(PickleReader reader, int id) => family.ReadObject(reader, id) is T value
        ? value
        : throw new PickleException($"The message has an object of another type where {TypeDisplay.Of(typeof(T))} belongs.");

    public override void WriteObject(PickleWriter writer, object value) => family.WriteObject(writer, value);

    public override object ReadObject(PickleReader reader, int id) => family.ReadObject(reader, id);
}
