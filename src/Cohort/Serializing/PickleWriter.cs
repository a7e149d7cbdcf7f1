using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cohort.Serializing;

/// <summary>
/// Receives what an <see cref="IPickler{T}"/> writes. One message at a time, by one thread at a time. A reader must ask
/// for the same things in the same order.
/// </summary>
[DebuggerDisplay("{TotalLength} bytes")]
public sealed partial class PickleWriter
{
    private const int InitialCapacity = 256;
    private const int KeptCapacity = 1 << 20;

    private byte[] _buffer = new byte[InitialCapacity];
    private int _position;
    private List<Action>? _undo;

    internal PickleWriter()
    {
    }

    /// <summary>
    /// Something that a layer above the codec hangs on a message, so that its picklers can reach what travels beside the
    /// bytes (such as handles). Stays over <see cref="Reset"/>.
    /// </summary>
    internal object? Context { get; set; }

    /// <summary>The message is for a task, which has a token of its own. Stays over <see cref="Reset"/>.</summary>
    internal bool CarriesTaskTokens { get; init; }

    /// <summary>
    /// The message is gathered straight into shared memory, where the room costs less than a copy: long strings go as they
    /// are, and ASCII is not made narrow here first. Stays over <see cref="Reset"/>.
    /// </summary>
    internal bool GoesToSharedMemory { get; init; }

    /// <summary>The message has a token that stands for the task's own. Stays over <see cref="Reset"/>.</summary>
    internal bool HasTaskToken { get; set; }

    /// <summary>What error messages call the value that is being written.</summary>
    internal string RootName { get; set; } = "value";

    /// <summary>Forgets the message and what it knew of objects and types.</summary>
    internal void Reset()
    {
        ReleaseObjects();

        if (_buffer.Length > KeptCapacity && _position < _buffer.Length / 8)
        {
            _buffer = new byte[InitialCapacity];
        }

        _position = 0;
        _undo?.Clear();
    }

    /// <summary>
    /// Lets go of all that was written, once the message is sent: it may be long until the next. Such a message cannot be sent again.
    /// </summary>
    internal void ReleaseObjects()
    {
        if ((_objects.Count | _types.Count | Depth | CompletePartsOnly) != 0 || _blocks is not null || Tracker is not null)
        {
            ResetGraph();
        }
    }

    /// <summary>How many bytes of the message this writer has itself, without those that it only refers to.</summary>
    internal int OwnLength => _position;

    /// <summary>What has to be done if the message is given up, because it cannot be written to its end or is not sent.</summary>
    internal void AddUndo(Action undo) => (_undo ??= []).Add(undo);

    /// <summary>As <see cref="Undo"/>, for later, when the message itself is long gone; null when there is nothing to do.</summary>
    internal Action? TakeUndo()
    {
        if (_undo is not { Count: > 0 } undo)
        {
            return null;
        }

        _undo = null;
        return undo.Count == 1 ? undo[0] : (Action)Delegate.Combine([.. undo])!;
    }

    /// <summary>The message is given up.</summary>
    internal void Undo()
    {
        _undo?.ForEach(static undo => undo());
        _undo?.Clear();
    }

    /// <summary>Room for <paramref name="count"/> more bytes, which the caller fills at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref byte Reserve(int count)
    {
        int position = _position;
        if ((uint)count > (uint)(_buffer.Length - position))
        {
            Grow(count);
        }

        _position = position + count;
        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_buffer), (nint)(uint)position);
    }

    internal Span<byte> ReserveSpan(int count) => MemoryMarshal.CreateSpan(ref Reserve(count), count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void WriteUnmanaged<T>(T value) => Unsafe.WriteUnaligned(ref Reserve(Unsafe.SizeOf<T>()), value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void WriteVar(uint value)
    {
        if (value < 0x80)
        {
            Reserve(1) = (byte)value;
        }
        else
        {
            WriteLongVar(value);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WriteLongVar(uint value)
    {
        while (value >= 0x80)
        {
            Reserve(1) = (byte)(value | 0x80);
            value >>= 7;
        }

        Reserve(1) = (byte)value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int count)
    {
        long needed = (long)_position + (uint)count;
        if (count < 0 || needed > Array.MaxLength)
        {
            throw new PickleException($"The message would exceed {Array.MaxLength} bytes; send the data in parts.");
        }

        byte[] larger = GC.AllocateUninitializedArray<byte>(
            (int)Math.Min(Math.Max(needed, _buffer.Length * 2L), Array.MaxLength));
        _buffer.AsSpan(0, _position).CopyTo(larger);
        _buffer = larger;
    }
}
