using System.Buffers;
using System.Runtime.InteropServices;

namespace Cohort.Messaging;

/// <summary>A message in a pooled array, which is not moved until this is disposed.</summary>
internal sealed unsafe class ArrayMessage : IncomingMessage
{
    private readonly byte[] _array;
    private GCHandle _pin;

    /// <param name="array">From the shared pool; it goes back there. Not empty.</param>
    /// <param name="length">Bytes of the message.</param>
    public ArrayMessage(byte[] array, int length)
    {
        _array = array;
        _pin = GCHandle.Alloc(array, GCHandleType.Pinned);
        Data = (byte*)_pin.AddrOfPinnedObject();
        Length = length;
    }

    public override byte* Data { get; }

    public override int Length { get; }

    public override void Dispose()
    {
        if (_pin.IsAllocated)
        {
            _pin.Free();
            ArrayPool<byte>.Shared.Return(_array);
        }
    }
}
