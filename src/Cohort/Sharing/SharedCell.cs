using Cohort.Platform;
using Cohort.Serializing;

namespace Cohort.Sharing;

// Overview
//
// A cell is what one shared object lies in. Large ones have a region (a memory file) to themselves; small ones share slabs,
// so that ten thousand locks take neither ten thousand descriptors nor as many pages.
//
//      +0   references: how many objects in all processes stand for this cell; 0: it may be used again
//      +4   generation: changes each time that it is
//      +8   kind
//      +16  length of the payload
//      +24  family of the processes that have it (DeathBell); 0: of several
//      +64  payload, on a cache line of its own
//
// Only the process that made a slab puts new cells into it, so that needs no lock between processes. A reference is
// counted up from 1 or more, never from 0: whoever finds 0 came too late. A process that is killed leaves its references
// behind, so such a cell is never used again; that costs its bytes until the slab is gone, and nothing else.

/// <summary>This process's hold on the shared memory of one object.</summary>
internal sealed unsafe class SharedCell : IDisposable
{
    public const int HeaderSize = 64;

    private const int ReferencesOffset = 0;
    private const int GenerationOffset = 4;
    private const int KindOffset = 8;
    private const int LengthOffset = 16;
    private const int FamilyOffset = 24;

    private readonly SharedRegion _region;
    private readonly byte* _header;
    private readonly int _generation;
    private readonly bool _isOwnSlab;

    /// <summary>The object itself until it is disposed, and each wait in this process.</summary>
    private HoldCount _holds = new();
    private int _isDisposed;
    private int _isReleased;

    private SharedCell(SharedRegion region, byte* header, bool isOwnSlab)
    {
        _region = region;
        _header = header;
        _isOwnSlab = isOwnSlab;
        _generation = Volatile.Read(ref Generation(header));
        Kind = (SharedKind)(*(int*)(header + KindOffset));
        Length = *(long*)(header + LengthOffset);
    }

    /// <summary>A cell that was never disposed gives up its reference when it is collected.</summary>
    ~SharedCell() => End();

    public SharedKind Kind { get; }

    /// <summary>Bytes of the payload.</summary>
    public long Length { get; }

    /// <summary>The first byte of the payload, on a cache line; good as long as this object is referred to, disposed or not.</summary>
    public byte* Payload => _header + HeaderSize;

    public CellPlace Location => new(_region.Identity, _header - _region.Start, _generation);

    /// <summary>Whether all processes that have ever taken it up tell each other of their ends.</summary>
    public bool IsWithinFamily => Family(_header).IsOfOurs;

    public bool IsDisposed => Volatile.Read(ref _isDisposed) != 0;

    /// <summary>New zeroed memory.</summary>
    /// <exception cref="IOException">There is no memory, or no descriptor is left.</exception>
    public static SharedCell Allocate(SharedKind kind, long length)
    {
        byte* header = SharedSlab.TryAllocate(length, out SharedRegion? region);
        bool isOwnSlab = header is not null;
        if (!isOwnSlab)
        {
            region = SharedRegion.Create("cohort-shared", checked((nuint)(SharedRegion.HeaderSize + HeaderSize + length)));
            SharedRegions.Add(region);
            header = region.Start + SharedRegion.HeaderSize;
        }

        return Initialize(region!, header, kind, length, isOwnSlab);
    }

    /// <summary>A cell of a new named region. The name counts as a reference of its own.</summary>
    public static SharedCell Place(SharedRegion region, long offset, CellShape shape)
    {
        byte* header = region.Start + offset;
        SharedCell cell = Initialize(region, header, shape.Kind, shape.Length, isOwnSlab: false);
        Interlocked.Increment(ref References(header));
        return cell;
    }

    /// <summary>A cell of a named region.</summary>
    /// <exception cref="InvalidDataException">Something else lies there.</exception>
    public static SharedCell Find(SharedRegion region, long offset, CellShape shape)
    {
        long room = (long)region.Size - offset - HeaderSize;
        if (room < 0)
        {
            throw new InvalidDataException($"It ends where a {shape.Kind} should be.");
        }

        byte* header = region.Start + offset;
        SharedCell cell = new(region, header, isOwnSlab: false);
        bool isOfLength = shape.Length == 0 || cell.Length == shape.Length;
        if (cell.Kind == shape.Kind && isOfLength && cell.Length >= 0 && cell.Length <= room)
        {
            Interlocked.Increment(ref References(header));
            Family(header).Join();
            return cell;
        }

        GC.SuppressFinalize(cell);
        string wanted = isOfLength ? $"{shape.Kind}" : $"{shape.Kind} of {shape.Length}";
        throw new InvalidDataException($"There is a {cell.Kind} of {cell.Length} bytes and no {wanted}.");
    }

    /// <summary>Takes up what <see cref="Write"/> wrote, here or in another process.</summary>
    /// <exception cref="SharedObjectLostException">The sender has ended, or disposed it, meanwhile.</exception>
    /// <exception cref="InvalidDataException">Something else lies there.</exception>
    public static SharedCell Read(PickleReader reader, SharedKind kind)
    {
        SharedReference reference = SharedReference.Read(reader);
        SharedRegion region = SharedRegions.Open(reference);
        try
        {
            return Take(region, reference, kind);
        }
        catch
        {
            SharedRegions.Release(region);
            throw;
        }
    }

    /// <summary>Writes where this cell is, and keeps it open long enough for the receiver.</summary>
    public void Write(PickleWriter writer)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, typeof(SharedObject));
        new SharedReference(
            ProcessIdentity.Current,
            (int)_region.Handle.DangerousGetHandle(),
            _region.Identity,
            _region.IsNamed,
            _header - _region.Start,
            _generation,
            Kind,
            Length).Write(writer);
        SentCells.Keep(this);
    }

    /// <summary>Lets nobody in any more. The memory stays until <see cref="Dispose"/>, or until this is collected.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0 && _holds.IsShared)
        {
            DisposalBell.Ring();
        }
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        End();
    }

    /// <summary>
    /// Keeps the cell from being used again, even if it is disposed meanwhile: for waits, which note in shared memory that
    /// they are over, and would note it in somebody else's object. False when it was disposed.
    /// </summary>
    public bool TryHold() => _holds.TryAdd();

    /// <summary>The end of a <see cref="TryHold"/>.</summary>
    public void LetGo()
    {
        if (_holds.Remove())
        {
            Release();
        }
    }

    /// <summary>Whether nobody refers to the cell behind this header, which then is the caller's: the process that made it.</summary>
    internal static bool IsFree(byte* header) => Volatile.Read(ref References(header)) == 0;

    private static SharedCell Initialize(SharedRegion region, byte* header, SharedKind kind, long length, bool isOwnSlab)
    {
        new Span<byte>(header + HeaderSize, (int)Math.Min(length, SharedSlab.MaxPayload)).Clear();
        *(int*)(header + KindOffset) = (int)kind;
        *(long*)(header + LengthOffset) = length;
        Family(header).Set();
        Interlocked.Increment(ref Generation(header));
        Volatile.Write(ref References(header), 1);
        return new SharedCell(region, header, isOwnSlab);
    }

    private static SharedCell Take(SharedRegion region, SharedReference reference, SharedKind kind)
    {
        if (reference.Offset < SharedRegion.HeaderSize
            || reference.Offset % HeaderSize != 0
            || reference.Length < 0
            || (ulong)reference.Offset + HeaderSize + (ulong)reference.Length > region.Size)
        {
            throw new InvalidDataException($"The message names a {reference.Kind} outside its shared memory.");
        }

        byte* header = region.Start + reference.Offset;
        if (!TryAddReference(header))
        {
            throw SharedRegions.Lost(reference, null);
        }

        SharedCell cell = new(region, header, isOwnSlab: false);
        if (cell._generation == reference.Generation && cell.Kind == kind && reference.Kind == kind && cell.Length == reference.Length)
        {
            Family(header).Join();
            return cell;
        }

        // Its region is let go of by the caller.
        GC.SuppressFinalize(cell);
        Interlocked.Decrement(ref References(header));
        throw cell._generation != reference.Generation
            ? SharedRegions.Lost(reference, null)
            : new InvalidDataException($"The message has a {cell.Kind} where a {kind} was expected.");
    }

    private static bool TryAddReference(byte* header)
    {
        int references = Volatile.Read(ref References(header));
        while (references > 0)
        {
            int seen = Interlocked.CompareExchange(ref References(header), references + 1, references);
            if (seen == references)
            {
                return true;
            }

            references = seen;
        }

        return false;
    }

    private static FamilyMark Family(byte* header) => new(header + FamilyOffset);

    private static ref int References(byte* header) => ref *(int*)(header + ReferencesOffset);

    private static ref int Generation(byte* header) => ref *(int*)(header + GenerationOffset);

    private void End()
    {
        // Null when the constructor did not come to its end.
        if (_header is null)
        {
            return;
        }

        Close();
        if (Interlocked.Exchange(ref _isReleased, 1) == 0)
        {
            LetGo();
        }
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref References(_header)) == 0)
        {
            // What lies there goes with it, and handles that were to travel by it have nowhere to go.
            HandleSharer.WithdrawAll(this);
        }

        if (_isOwnSlab)
        {
            SharedSlab.NoteReleased(_header, Length, _region);
        }

        SharedRegions.Release(_region);
    }
}
