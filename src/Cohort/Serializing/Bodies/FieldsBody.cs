using System.Runtime.CompilerServices;

namespace Cohort.Serializing;

/// <summary>The body of an ordinary class or struct: its fields.</summary>
internal sealed class FieldsBody<T> : Body<T>
{
    private readonly FieldSet<T> _fields = new();
    private Callbacks? _callbacks;

    /// <summary>Whether the fields are all there is to do; known after the first use.</summary>
    private bool _isPlain;

    private Callbacks Hooks => _callbacks ?? FindHooks();

    public override bool CanDefer => !typeof(T).IsValueType && !Hooks.Any;

    public override void Write(PickleWriter writer, ref T value)
    {
        if (_isPlain)
        {
            _fields.Write(writer, ref value);
            return;
        }

        Callbacks hooks = Hooks;
        if (hooks.Any)
        {
            WriteWithCallbacks(writer, value!);
            return;
        }

        WriteFields(writer, ref value);
    }

    public override T Read(PickleReader reader, int id)
    {
        if (!_isPlain && Hooks.Any)
        {
            return ReadWithCallbacks(reader, id);
        }

        if (typeof(T).IsValueType)
        {
            T value = default!;
            _fields.Read(reader, ref value);
            if (!_isPlain)
            {
                SkipPadding(reader);
            }

            return value;
        }

        T target = (T)RuntimeHelpers.GetUninitializedObject(typeof(T));
        reader.SetObject(id, target);
        _fields.Read(reader, ref target);
        return target;
    }

    public override void WriteShape(PickleWriter writer, object value)
    {
    }

    public override void WriteContent(PickleWriter writer, object value)
    {
        T typed = (T)value;
        _fields.Write(writer, ref typed);
    }

    public override object ReadShape(PickleReader reader) => RuntimeHelpers.GetUninitializedObject(typeof(T));

    public override void ReadContent(PickleReader reader, object value)
    {
        T typed = (T)value;
        _fields.Read(reader, ref typed);
    }

    private Callbacks FindHooks()
    {
        Callbacks hooks = Callbacks.Of(typeof(T));
        _isPlain = !hooks.Any && !(typeof(T).IsValueType && _fields.Plan.IsEmpty);
        return _callbacks = hooks;
    }

    private void WriteFields(PickleWriter writer, ref T value)
    {
        _fields.Write(writer, ref value);
        if (typeof(T).IsValueType && _fields.Plan.IsEmpty)
        {
            writer.WriteByte(0);
        }
    }

    /// <summary>A struct is boxed once, so that its callbacks see and change the copy that is written.</summary>
    private void WriteWithCallbacks(PickleWriter writer, object value)
    {
        writer.CompletePartsOnly++;
        Hooks.BeforeWrite(value);
        T typed = (T)value;
        WriteFields(writer, ref typed);
        Hooks.AfterWrite(value);
        writer.CompletePartsOnly--;
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
