using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cohort.Serializing;

/// <summary>A struct that repeats its only field.</summary>
internal sealed class InlineArrayBody<T, TElement> : Body<T>
    where T : struct
{
    private static int Length => Unsafe.SizeOf<T>() / Unsafe.SizeOf<TElement>();

    public override void Write(PickleWriter writer, ref T value) => Elements.Write(writer, AsSpan(ref value));

    public override T Read(PickleReader reader, int id)
    {
        T value = default;
        Elements.Read(reader, AsSpan(ref value));
        return value;
    }

    private static Span<TElement> AsSpan(ref T value) =>
        MemoryMarshal.CreateSpan(ref Unsafe.As<T, TElement>(ref value), Length);
}
