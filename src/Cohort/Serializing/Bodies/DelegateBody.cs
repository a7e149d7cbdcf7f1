using System.Reflection;

namespace Cohort.Serializing;

/// <summary>
/// A delegate: which method, by module version id and token, and its target by value. The target of a lambda is the
/// object that holds what it captured.
/// </summary>
/// <typeparam name="T">A delegate. Not constrained to be one, so that a new worker makes its first body without reflection.</typeparam>
internal sealed class DelegateBody<T> : Body<T>
{
    public override void Write(PickleWriter writer, ref T value)
    {
        Delegate whole = (Delegate)(object)value!;
        if (whole.HasSingleTarget)
        {
            writer.WriteByte(1);
            WriteOne(writer, whole);
            return;
        }

        Delegate[] parts = whole.GetInvocationList();
        writer.WriteVar((uint)parts.Length);
        foreach (Delegate part in parts)
        {
            WriteOne(writer, part);
        }
    }

    public override T Read(PickleReader reader, int id)
    {
        int count = reader.ReadCount();
        if (count == 0)
        {
            throw new PickleException("The message has a delegate without a method.");
        }

        if (count == 1)
        {
            return ReadOne(reader);
        }

        Delegate[] parts = new Delegate[count];
        for (int i = 0; i < count; i++)
        {
            parts[i] = (Delegate)(object)ReadOne(reader)!;
        }

        return (T)(object)Delegate.Combine(parts)!;
    }

    private static void WriteOne(PickleWriter writer, Delegate part)
    {
        MethodInfo method = part.Method;
        MethodReferences.Write(writer, method);
        object? target = part.Target;
        if (writer.Tracker is { } tracker)
        {
            bool closure = target?.GetType().Name.StartsWith("<>c", StringComparison.Ordinal) == true;
            tracker.Push(closure ? "" : ".Target");
        }

        Slot<object?>.Instance.Write(writer, ref target);
        writer.Tracker?.Pop();
    }

    private static T ReadOne(PickleReader reader)
    {
        MethodInfo method = MethodReferences.Read(reader) as MethodInfo
            ?? throw new PickleException("The message has a delegate for a constructor.");
        object? target = Slot<object?>.Instance.Read(reader);
        Delegate? result = target is null
            ? Delegate.CreateDelegate(typeof(T), method, throwOnBindFailure: false)
                ?? Delegate.CreateDelegate(typeof(T), null, method, throwOnBindFailure: false)
            : Delegate.CreateDelegate(typeof(T), target, method, throwOnBindFailure: false);
        return (T?)(object?)result ?? throw new PickleException($"{method} does not fit a {TypeDisplay.Of(typeof(T))}.");
    }
}
