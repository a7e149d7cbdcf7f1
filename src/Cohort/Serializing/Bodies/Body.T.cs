namespace Cohort.Serializing;

/// <summary>The body of a type. As with <see cref="Slot{T}"/>, making <see cref="Instance"/> neither throws nor looks at other types' bodies.</summary>
internal abstract class Body<T> : Body
{
    public static readonly Body<T> Instance = BodyFactory.Create<T>();

    public override Type WireType => typeof(T);

    public abstract void Write(PickleWriter writer, ref T value);

    public abstract T Read(PickleReader reader, int id);

    public override void WriteObject(PickleWriter writer, object value)
    {
        T typed = (T)value;
        Write(writer, ref typed);
    }

    public override object ReadObject(PickleReader reader, int id) => Read(reader, id)!;
}
