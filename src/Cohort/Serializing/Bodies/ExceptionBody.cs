using System.Collections;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Cohort.Serializing;

/// <summary>
/// An exception: what <see cref="Exception"/> itself holds, with the stack as text, and the fields of the derived types.
/// </summary>
internal sealed class ExceptionBody<T> : Body<T>
    where T : Exception
{
    private readonly FieldSet<T> _own = new(typeof(Exception));

    public override void Write(PickleWriter writer, ref T value)
    {
        writer.CompletePartsOnly++;
        string? stack = value.StackTrace;
        writer.WriteString(ExceptionFields.Message(value));
        writer.WriteString(stack);
        writer.WriteString(value.HelpLink);
        writer.WriteString(stack is null ? ExceptionFields.Source(value) : value.Source);
        writer.WriteInt32(value.HResult);
        WriteInner(writer, value);
        WriteData(writer, value);
        _own.Write(writer, ref value);
        writer.CompletePartsOnly--;
    }

    public override T Read(PickleReader reader, int id)
    {
        T value = (T)RuntimeHelpers.GetUninitializedObject(typeof(T));
        reader.SetObject(id, value);
        ExceptionFields.Message(value) = reader.ReadString();
        if (reader.ReadString() is { } stack)
        {
            ExceptionDispatchInfo.SetRemoteStackTrace(value, stack);
        }

        ExceptionFields.HelpLink(value) = reader.ReadString();
        ExceptionFields.Source(value) = reader.ReadString();
        value.HResult = reader.ReadInt32();
        ExceptionFields.Inner(value) = Slot<Exception?>.Instance.Read(reader);
        ReadData(reader, value);
        _own.Read(reader, ref value);
        return value;
    }

    private static void WriteInner(PickleWriter writer, Exception value)
    {
        writer.Tracker?.Push(".InnerException");
        Exception? inner = value.InnerException;
        Slot<Exception?>.Instance.Write(writer, ref inner);
        writer.Tracker?.Pop();
    }

    private static void WriteData(PickleWriter writer, Exception value)
    {
        IDictionary? data = ExceptionFields.Data(value);
        if (data is null)
        {
            writer.WriteByte(0);
            return;
        }

        writer.WriteVar((uint)data.Count);
        foreach (DictionaryEntry entry in data)
        {
            writer.Tracker?.Push($".Data[\"{entry.Key}\"]");
            writer.Write<object?>(entry.Key);
            writer.Write(entry.Value);
            writer.Tracker?.Pop();
        }
    }

    private static void ReadData(PickleReader reader, Exception value)
    {
        int count = reader.ReadCount();
        for (int i = 0; i < count; i++)
        {
            object key = reader.Read<object?>() ?? throw new PickleException("The message has an exception with a null key in its data.");
            value.Data[key] = reader.Read<object?>();
        }
    }
}
