using System.Runtime.CompilerServices;

namespace Cohort.Serializing;

/// <summary>The rest of a message that is longer than what is in memory at once.</summary>
internal unsafe interface IPickleSource
{
    /// <summary>How many bytes of the message come after the current part.</summary>
    long Remaining { get; }

    /// <summary>Gives the current part back and blocks for the next, which stays valid until the call after this.</summary>
    byte* Next(out int length);
}

/// <summary>Messages that come in parts, so that a large array is copied once, from the part into the array.</summary>
public sealed unsafe partial class PickleReader
{
    private IPickleSource? _source;

    /// <summary>A seam that is longer is given up with its message.</summary>
    private const int KeptSeam = 1 << 20;

    /// <summary>Where bytes that lie in two parts are put together.</summary>
    private byte[] _seam = [];

    /// <summary>Starts on a message of which the first part is there.</summary>
    internal void Reset(byte* firstPart, int length, IPickleSource source)
    {
        Reset(firstPart, length);
        _source = source;
        if (_seam.Length > KeptSeam)
        {
            _seam = [];
        }

        _budget = Remaining;
    }

    /// <summary>Takes bytes of which some are in parts to come.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ref byte TakeAcross(int count)
    {
        if (count < 0 || count > Remaining)
        {
            ThrowTruncated();
        }

        if (_seam.Length < count)
        {
            // Pinned: what is taken from here may be looked at by address.
            _seam = GC.AllocateUninitializedArray<byte>(Math.Max(count, 4096), pinned: true);
        }

        ref byte seam = ref _seam[0];
        ReadAcross(ref seam, count);
        return ref seam;
    }

    private void ReadAcross(ref byte destination, long byteCount)
    {
        fixed (byte* target = &destination)
        {
            byte* next = target;
            while (byteCount > 0)
            {
                if (_cursor == _end)
                {
                    _cursor = _source!.Next(out int length);
                    _end = _cursor + length;
                }

                long part = Math.Min(byteCount, _end - _cursor);
                Buffer.MemoryCopy(_cursor, next, part, part);
                _cursor += part;
                next += part;
                byteCount -= part;
            }
        }
    }
}
