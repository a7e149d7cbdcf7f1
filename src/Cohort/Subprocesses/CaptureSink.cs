using System.Buffers;

namespace Cohort.Subprocesses;

/// <summary>Keeps what is written, all or up to a limit. One may look at it while another writes.</summary>
internal sealed class CaptureSink(int? limit, CaptureOverflow overflow) : OutputSink
{
    private const int SmallestBuffer = 4096;

    /// <summary>Beyond the limit, the oldest bytes of a kept tail are dropped only now and then, not at every write.</summary>
    private const int TailSlack = 64 * 1024;

    private readonly Lock _gate = new();
    private byte[] _buffer = [];
    private int _count;
    private bool _isTruncated;

    /// <summary>Whether bytes were dropped.</summary>
    public bool IsTruncated
    {
        get
        {
            lock (_gate)
            {
                return _isTruncated || (Limit is int most && _count > most);
            }
        }
    }

    private int? Limit => limit;

    public byte[] ToArray()
    {
        lock (_gate)
        {
            int first = limit is int most ? Math.Max(0, _count - most) : 0;
            return _buffer.AsSpan(first, _count - first).ToArray();
        }
    }

    /// <exception cref="CaptureLimitException">The limit is reached, and that is a fault.</exception>
    public override void Write(ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            Keep(data);
        }
    }

    /// <summary>Gives the memory back; nothing is kept then.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            GiveBack();
            _buffer = [];
            _count = 0;
        }
    }

    private void Keep(ReadOnlySpan<byte> data)
    {
        if (limit is int most && _count + (long)data.Length > most)
        {
            if (overflow == CaptureOverflow.KeepTail)
            {
                AddToTail(data, most);
                return;
            }

            Add(data[..Math.Min(data.Length, most - _count)]);
            _isTruncated = true;
            if (overflow == CaptureOverflow.Throw)
            {
                throw new CaptureLimitException(most);
            }

            return;
        }

        Add(data);
    }

    private void AddToTail(ReadOnlySpan<byte> data, int most)
    {
        if (data.Length >= most)
        {
            _isTruncated |= _count > 0 || data.Length > most;
            _count = 0;
            data = data[^most..];
        }
        else if (_count + (long)data.Length > most + (long)TailSlack)
        {
            int kept = most - data.Length;
            _buffer.AsSpan(_count - kept, kept).CopyTo(_buffer);
            _count = kept;
            _isTruncated = true;
        }

        Add(data);
    }

    private void Add(ReadOnlySpan<byte> data)
    {
        if (data.Length > _buffer.Length - _count)
        {
            Grow(data.Length);
        }

        data.CopyTo(_buffer.AsSpan(_count));
        _count += data.Length;
    }

    private void Grow(int more)
    {
        long needed = (long)_count + more;
        if (needed > Array.MaxLength)
        {
            throw new CaptureLimitException(Array.MaxLength);
        }

        long size = Math.Max(Math.Max(needed, SmallestBuffer), Math.Min(_buffer.Length * 2L, Array.MaxLength));
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)size);
        _buffer.AsSpan(0, _count).CopyTo(larger);
        GiveBack();
        _buffer = larger;
    }

    private void GiveBack()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }
    }
}

/// <summary>Tells the one who runs the command that it wrote too much; becomes <see cref="SubprocessOverflowException"/>.</summary>
internal sealed class CaptureLimitException(int limit) : Exception($"more than {limit} bytes")
{
    public int Limit => limit;
}
