using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cohort.Serializing;

/// <summary>Elements of a raw type as bytes.</summary>
internal static class RawSpans<T>
{
    public static readonly bool IsRaw = RawTypes.IsRaw(typeof(T));

    public static Span<byte> AsBytes(Span<T> values) => MemoryMarshal.CreateSpan(
        ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(values)), checked(values.Length * Unsafe.SizeOf<T>()));

    public static ReadOnlySpan<byte> AsBytes(ReadOnlySpan<T> values) => MemoryMarshal.CreateReadOnlySpan(
        ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(values)), checked(values.Length * Unsafe.SizeOf<T>()));
}
