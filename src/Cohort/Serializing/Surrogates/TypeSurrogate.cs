namespace Cohort.Serializing;

/// <summary>A <see cref="Type"/> by name.</summary>
internal sealed class TypeSurrogate : Surrogate<Type>
{
    protected override void Write(PickleWriter writer, Type value) => writer.WriteType(value);

    protected override Type Read(PickleReader reader, int id) => reader.ReadType();
}
