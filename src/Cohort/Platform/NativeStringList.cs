using Cohort.Interop;
using System.Runtime.InteropServices;

namespace Cohort.Platform;

/// <summary>
/// A null-terminated array of C strings (UTF-8, and raw bytes as <see cref="NativeText"/> has them), as argv and envp are, in
/// one block of native memory.
/// </summary>
internal sealed unsafe class NativeStringList : IDisposable
{
    private void* _block;

    /// <exception cref="ArgumentException">A text is null or holds a zero character.</exception>
    public NativeStringList(IReadOnlyList<string> texts, string parameterName)
    {
        ArgumentNullException.ThrowIfNull(texts, parameterName);
        long textBytes = 0;
        foreach (string text in texts)
        {
            NativeText.ThrowIfUnfit(text, parameterName);
            textBytes += NativeText.GetByteCount(text) + 1;
        }

        int pointers = (texts.Count + 1) * sizeof(byte*);
        _block = NativeMemory.Alloc((nuint)(pointers + textBytes));
        byte* position = (byte*)_block + pointers;
        for (int i = 0; i < texts.Count; i++)
        {
            Pointer[i] = position;
            int length = NativeText.GetBytes(texts[i], new Span<byte>(position, (int)Math.Min(textBytes, int.MaxValue)));
            position[length] = 0;
            position += length + 1;
            textBytes -= length + 1;
        }

        Pointer[texts.Count] = null;
    }

    public byte** Pointer => (byte**)_block;

    public void Dispose()
    {
        NativeMemory.Free(_block);
        _block = null;
    }
}
