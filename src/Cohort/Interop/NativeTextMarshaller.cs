using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace Cohort.Interop;

/// <summary>Hands strings to imports as <see cref="NativeText"/> has them: paths need not be UTF-8.</summary>
[CustomMarshaller(typeof(string), MarshalMode.ManagedToUnmanagedIn, typeof(In))]
internal static unsafe class NativeTextMarshaller
{
    internal ref struct In
    {
        private byte* _text;
        private bool _isAllocated;

        /// <summary>What the caller has room for on its stack.</summary>
        public static int BufferSize => 256;

        public void FromManaged(string text, Span<byte> buffer)
        {
            int length = NativeText.GetByteCount(text) + 1;
            if (length > buffer.Length)
            {
                _text = (byte*)NativeMemory.Alloc((nuint)length);
                _isAllocated = true;
                buffer = new Span<byte>(_text, length);
            }
            else
            {
                _text = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(buffer));
            }

            buffer[NativeText.GetBytes(text, buffer)] = 0;
        }

        public readonly byte* ToUnmanaged() => _text;

        public readonly void Free()
        {
            if (_isAllocated)
            {
                NativeMemory.Free(_text);
            }
        }
    }
}
