using System.Reflection;

namespace Cohort.Serializing;

/// <summary>
/// A delegate: which method, by module version id and token, and its target by value. The target of a lambda is the
/// object that holds what it captured.
/// </summary>
/// <remarks>
/// What a lambda captured may be the lambda itself: one that is recursive. So a target that can be allocated before its
/// content is known is, and the delegate is made of it before the content is read.
/// </remarks>
/// <typeparam name="T">A delegate. Not constrained to be one, so that a new worker makes its first body without reflection.</typeparam>
internal sealed class DelegateBody<T> : Body<T>
{
    /// <summary>Stands for the number of parts: there is one, and the content of its target comes last.</summary>
    private const byte ContentLast = 0;

    public override void Write(PickleWriter writer, ref T value)
    {
        Delegate whole = (Delegate)(object)value!;
        if (whole.HasSingleTarget)
        {
            Body? split = SplitBodyOf(whole.Target);
            writer.WriteByte(split is null ? (byte)1 : ContentLast);
            WriteOne(writer, whole, split);
            return;
        }

        Delegate[] parts = whole.GetInvocationList();
        writer.WriteVar((uint)parts.Length);
        foreach (Delegate part in parts)
        {
            WriteOne(writer, part, null);
        }
    }

    public override T Read(PickleReader reader, int id)
    {
        int count = reader.ReadCount();
        if (count == ContentLast)
        {
            return ReadContentLast(reader, id);
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

    private static Body? SplitBodyOf(object? target) =>
        target is not null and not string and not ValueType && Bodies.For(target.GetType()) is { CanDefer: true } body ? body : null;

    private static void WriteOne(PickleWriter writer, Delegate part, Body? split)
    {
        MethodInfo method = part.Method;
        MethodReferences.Write(writer, method);
        object? target = part.Target;
        if (writer.Tracker is { } tracker)
        {
            bool closure = target?.GetType().Name.StartsWith("<>c", StringComparison.Ordinal) == true;
            tracker.Push(closure ? "" : ".Target");
        }

        if (split is null)
        {
            Slot<object?>.Instance.Write(writer, ref target);
        }
        else
        {
            writer.WriteSplit(split, target!);
        }

        writer.Tracker?.Pop();
    }

    private static T ReadOne(PickleReader reader)
    {
        MethodInfo method = ReadMethod(reader);
        return Make(method, Slot<object?>.Instance.Read(reader));
    }

    private static T ReadContentLast(PickleReader reader, int id)
    {
        MethodInfo method = ReadMethod(reader);
        object target = reader.ReadSplit(out Body? body);
        T result = Make(method, target);
        if (body is not null)
        {
            reader.SetObject(id, result!);
            reader.ReadSplitContent(body, target);
        }

        return result;
    }

    private static MethodInfo ReadMethod(PickleReader reader) => MethodReferences.Read(reader) as MethodInfo
        ?? throw new PickleException("The message has a delegate for a constructor.");

    private static T Make(MethodInfo method, object? target)
    {
        Delegate? result = target is null
            ? Delegate.CreateDelegate(typeof(T), method, throwOnBindFailure: false)
                ?? Delegate.CreateDelegate(typeof(T), null, method, throwOnBindFailure: false)
            : Delegate.CreateDelegate(typeof(T), target, method, throwOnBindFailure: false);
        return (T?)(object?)result ?? throw new PickleException($"{method} does not fit a {TypeDisplay.Of(typeof(T))}.");
    }
}
