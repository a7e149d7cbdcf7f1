using System.Reflection;
using System.Runtime.CompilerServices;

namespace Cohort.Serializing;

/// <summary>What a class adds to a collection that it is derived from.</summary>
internal sealed class DerivedPart<T>(Type collection)
    where T : class
{
    private readonly FieldSet<T> _fields = new(collection);

    public bool IsExact => typeof(T) == collection;

    public void Write(PickleWriter writer, ref T value)
    {
        if (!IsExact)
        {
            _fields.Write(writer, ref value);
        }
    }

    public void Read(PickleReader reader, ref T value)
    {
        if (!IsExact)
        {
            _fields.Read(reader, ref value);
        }
    }

    /// <summary>An object of the derived class of which only the collection's own constructor has run.</summary>
    public T Construct(object?[] arguments, Type[] parameters)
    {
        ConstructorInfo constructor = collection.GetConstructor(parameters)!;
        object value = RuntimeHelpers.GetUninitializedObject(typeof(T));
        constructor.Invoke(value, arguments);
        return (T)value;
    }
}
