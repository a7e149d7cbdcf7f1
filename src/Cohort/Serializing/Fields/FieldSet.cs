using System.Reflection;
using System.Runtime.CompilerServices;

namespace Cohort.Serializing;

internal delegate void FieldWriter<T>(PickleWriter writer, ref T value);

internal delegate void FieldReader<T>(PickleReader reader, ref T value);

/// <summary>
/// Writes and reads the fields of a type. The first uses go through reflection, because compiling costs more than a
/// process that sees a type once or twice has to spend; after that, through compiled code.
/// </summary>
internal sealed class FieldSet<T>(Type? stop = null)
{
    private const int UsesBeforeCompiling = 2;

    private FieldPlan? _plan;
    private int _uses;
    private FieldWriter<T>? _write;
    private FieldReader<T>? _read;

    /// <summary>Made on first use and not in a constructor, since it looks at other types.</summary>
    public FieldPlan Plan => _plan ??= FieldPlan.For(typeof(T), stop);

    public void Write(PickleWriter writer, ref T value)
    {
        if (_write is { } write && writer.Tracker is null)
        {
            write(writer, ref value);
        }
        else
        {
            WriteSlowly(writer, ref value);
        }
    }

    public void Read(PickleReader reader, ref T value)
    {
        if (_read is { } read)
        {
            read(reader, ref value);
        }
        else
        {
            ReadSlowly(reader, ref value);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WriteSlowly(PickleWriter writer, ref T value)
    {
        FieldPlan plan = Plan;
        if (plan.Impossible is { } impossible)
        {
            writer.Tracker?.PushField(impossible);
            throw writer.Refuse($"{TypeDisplay.Of(impossible.FieldType)} is a pointer and cannot cross processes");
        }

        if (writer.Tracker is null && IsWorthCompiling())
        {
            _write = FieldCompiler.CompileWriter<T>(plan);
            _write(writer, ref value);
            return;
        }

        object boxed = value!;
        WriteEach(writer, plan.Raw, boxed);
        WriteEach(writer, plan.Others, boxed);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReadSlowly(PickleReader reader, ref T value)
    {
        FieldPlan plan = Plan;
        if (plan.Impossible is { } impossible)
        {
            throw new PickleException($"{TypeDisplay.Of(typeof(T))}.{impossible.Name} is a pointer and cannot cross processes");
        }

        if (IsWorthCompiling())
        {
            _read = FieldCompiler.CompileReader<T>(plan);
            _read(reader, ref value);
            return;
        }

        object boxed = value!;
        ReadEach(reader, plan.Raw, boxed);
        ReadEach(reader, plan.Others, boxed);
        value = (T)boxed;
    }

    private bool IsWorthCompiling() => RuntimeFeature.IsDynamicCodeCompiled && ++_uses > UsesBeforeCompiling;

    private static void WriteEach(PickleWriter writer, FieldInfo[] fields, object target)
    {
        foreach (FieldInfo field in fields)
        {
            writer.Tracker?.PushField(field);
            Slot.For(field.FieldType).WriteBoxed(writer, field.GetValue(target));
            writer.Tracker?.Pop();
        }
    }

    private static void ReadEach(PickleReader reader, FieldInfo[] fields, object target)
    {
        foreach (FieldInfo field in fields)
        {
            field.SetValue(target, Slot.For(field.FieldType).ReadBoxed(reader));
        }
    }
}
