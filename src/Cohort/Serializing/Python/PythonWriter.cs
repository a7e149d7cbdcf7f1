using System.Buffers.Binary;
using System.Collections;
using System.Diagnostics;

namespace Cohort.Serializing.Python;

/// <summary>
/// Writes pickles of protocol 2 and 3, byte for byte what Python 3 writes in protocol 3. One at a time, for one thread.
/// </summary>
/// <remarks>
/// What is open, a container with items to come, is in a stack of frames, so that depth costs memory only. Whatever Python
/// could refer to a second time gets a number as soon as it is complete enough: a list before its items, so that cycles
/// close, and a tuple after them.
/// </remarks>
[DebuggerDisplay("{_position} bytes, {_frames.Count} open")]
internal sealed partial class PythonWriter
{
    private const int InitialCapacity = 256;
    private const int KeptCapacity = 1 << 20;
    private const int KeptItems = 1 << 14;

    private readonly Dictionary<object, uint> _memo = new(ReferenceEqualityComparer.Instance);
    private readonly Stack<Frame> _frames = new();
    private byte[] _buffer = new byte[InitialCapacity];
    private int _position;
    private int _protocol;

    /// <summary>How many numbers are given, some to what has no object here.</summary>
    private uint _numbers;

    /// <exception cref="PickleException">Something in it has no form in Python's basic types. The writer can be used again.</exception>
    public byte[] Write(object? value, int protocol)
    {
        _protocol = protocol;
        try
        {
            WriteOpcode(Opcode.Proto, (byte)protocol);
            Begin(value, isKey: false);
            while (_frames.TryPop(out Frame frame))
            {
                Continue(frame);
            }

            WriteOpcode(Opcode.Stop);
            return _buffer.AsSpan(0, _position).ToArray();
        }
        catch (Exception exception) when (exception is not PickleException { Path: not null })
        {
            throw exception is PickleException pickle
                ? new PickleException(Path(), pickle.Reason, pickle.InnerException)
                : new PickleException(Path(), $"{TypeDisplay.Of(exception.GetType())} while it was written: {exception.Message}", exception);
        }
        finally
        {
            Reset();
        }
    }

    private void Reset()
    {
        while (_frames.TryPop(out Frame frame))
        {
            frame.Dispose();
        }

        // One huge message must not stay in memory for as long as its thread lives.
        _memo.Clear();
        if (_memo.Capacity > KeptItems)
        {
            _memo.TrimExcess();
        }

        if (_frames.Capacity > KeptItems)
        {
            _frames.TrimExcess();
        }

        if (_buffer.Length > KeptCapacity)
        {
            _buffer = new byte[InitialCapacity];
        }

        _position = 0;
        _numbers = 0;
    }

    private string Path()
    {
        PathTracker path = new("value");
        foreach (Frame frame in _frames.Reverse())
        {
            frame.Describe(path);
        }

        return path.ToString();
    }

    private Span<byte> Reserve(int count)
    {
        if (count > _buffer.Length - _position)
        {
            Grow(count);
        }

        Span<byte> reserved = _buffer.AsSpan(_position, count);
        _position += count;
        return reserved;
    }

    private void Grow(int count)
    {
        long needed = (long)_position + count;
        if (needed > Array.MaxLength)
        {
            throw new PickleException($"The message would exceed {Array.MaxLength} bytes; send the data in parts.");
        }

        Array.Resize(ref _buffer, (int)Math.Min(Math.Max(needed, _buffer.Length * 2L), Array.MaxLength));
    }

    private void WriteOpcode(byte opcode) => Reserve(1)[0] = opcode;

    private void WriteOpcode(byte opcode, byte argument)
    {
        Span<byte> bytes = Reserve(2);
        bytes[0] = opcode;
        bytes[1] = argument;
    }

    private void WriteOpcode(byte opcode, uint argument)
    {
        Span<byte> bytes = Reserve(1 + sizeof(uint));
        bytes[0] = opcode;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[1..], argument);
    }

    /// <summary>Whether the object was written before; then a reference to it is.</summary>
    private bool Recall(object item)
    {
        if (!_memo.TryGetValue(item, out uint number))
        {
            return false;
        }

        WriteReference(Opcode.BinGet, Opcode.LongBinGet, number);
        return true;
    }

    /// <summary>Gives what is on top of the reader's stack a number, by which the object is known if one is given.</summary>
    private void Memoize(object? item)
    {
        if (item is not null)
        {
            _memo[item] = _numbers;
        }

        WriteReference(Opcode.BinPut, Opcode.LongBinPut, _numbers++);
    }

    private void WriteReference(byte shortOpcode, byte longOpcode, uint number)
    {
        if (number <= byte.MaxValue)
        {
            WriteOpcode(shortOpcode, (byte)number);
        }
        else
        {
            WriteOpcode(longOpcode, number);
        }
    }
}
