using System.Runtime.CompilerServices;

namespace Cohort.Serializing;

/// <summary>The body of an ordinary class or struct: its fields.</summary>
internal sealed class FieldsBody<T> : Body<T>
{
    private readonly FieldSet<T> _fields = new();
    private Callbacks? _callbacks;

    private Callbacks Hooks => _callbacks ??= Callbacks.Of(typeof(T));

    public override void Write(PickleWriter writer, ref T value)
    {
        Callbacks hooks = Hooks;
        if (hooks.Any)
        {
            object boxed = value!;
            hooks.BeforeWrite(boxed);
            value = (T)boxed;
        }

        _fields.Write(writer, ref value);
        if (typeof(T).IsValueType && _fields.Plan.IsEmpty)
        {
            writer.WriteByte(0);
        }

        if (hooks.Any)
        {
            hooks.AfterWrite(value!);
        }
    }

    public override T Read(PickleReader reader, int id)
    {
        if (Hooks.Any)
        {
            return ReadWithCallbacks(reader, id);
        }

        if (typeof(T).IsValueType)
        {
            T value = default!;
            _fields.Read(reader, ref value);
            SkipPadding(reader);
            return value;
        }

        T target = (T)RuntimeHelpers.GetUninitializedObject(typeof(T));
        reader.SetObject(id, target);
        _fields.Read(reader, ref target);
        return target;
    }

    private T ReadWithCallbacks(PickleReader reader, int id)
    {
        object target = RuntimeHelpers.GetUninitializedObject(typeof(T));
        if (id != NoObject)
        {
            reader.SetObject(id, target);
        }

        Hooks.BeforeRead(target);
        T value = (T)target;
        _fields.Read(reader, ref value);
        SkipPadding(reader);
        target = value!;
        return (T)Hooks.AfterRead(target);
    }

    private void SkipPadding(PickleReader reader)
    {
        if (typeof(T).IsValueType && _fields.Plan.IsEmpty)
        {
            reader.ReadByte();
        }
    }
}
