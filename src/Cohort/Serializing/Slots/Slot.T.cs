namespace Cohort.Serializing;

/// <summary>How a field, an element or an argument declared as <typeparamref name="T"/> is written.</summary>
/// <remarks>
/// <see cref="Instance"/> is a plain static field, so that compiled code finds it as a constant. Making it must neither
/// throw nor look at the slot of another type: types refer to each other in circles, and their static constructors may
/// run on several threads at once.
/// </remarks>
internal abstract class Slot<T> : Slot
{
    public static readonly Slot<T> Instance = Create();

    public abstract void Write(PickleWriter writer, ref T value);

    public abstract T Read(PickleReader reader);

    public sealed override void WriteBoxed(PickleWriter writer, object? value)
    {
        T typed = (T)value!;
        Write(writer, ref typed);
    }

    public sealed override object? ReadBoxed(PickleReader reader) => Read(reader);

    private static Slot<T> Create()
    {
        if (typeof(T) == typeof(string))
        {
            return (Slot<T>)(object)new StringSlot();
        }

        if (!typeof(T).IsValueType)
        {
            return new ReferenceSlot<T>();
        }

        return RawTypes.IsRaw(typeof(T)) ? new RawSlot<T>() : new StructSlot<T>();
    }
}
