using System.Buffers;

namespace Cohort.Sharing;

/// <summary>Shared memory as <see cref="Memory{T}"/>, which keeps it alive.</summary>
internal sealed unsafe class MappedMemoryManager(SharedMemory owner, int length) : MemoryManager<byte>
{
    private readonly Lock _gate = new();
    private SharedMapping? _pinned;
    private int _pins;

    /// <summary>Without a span: the base class would take one only to know the length.</summary>
    public override Memory<byte> Memory => CreateMemory(length);

    public override Span<byte> GetSpan() => owner.GetSpan(0, length);

    /// <summary>Whoever pins uses the address without asking again, so the mapping has to outlive the owner's disposal.</summary>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(elementIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(elementIndex, length);
        lock (_gate)
        {
            owner.ThrowIfDisposed();
            _pinned ??= owner.ShareMapping();
            _pins++;
            return new MemoryHandle(_pinned.Address + elementIndex, default, this);
        }
    }

    public override void Unpin()
    {
        lock (_gate)
        {
            if (--_pins == 0)
            {
                _pinned!.Release();
                _pinned = null;
            }
        }
    }

    /// <summary>The owner is disposed by its user; what is pinned stays until it is unpinned.</summary>
    protected override void Dispose(bool disposing)
    {
    }
}
