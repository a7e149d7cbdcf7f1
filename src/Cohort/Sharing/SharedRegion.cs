using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Sharing;

/// <summary>A mapped memory file with cells in it, once in this process however many objects lie there.</summary>
/// <remarks>
/// A thread may still be inside an operation on an object that another disposes, so the addresses stay good until nothing
/// refers to the region any more: <see cref="Detach"/> puts private zero pages there instead of the shared ones. That gives
/// the shared memory back at once, and the worst that a late access sees is zeros.
/// </remarks>
internal sealed unsafe class SharedRegion
{
    /// <summary>The region's own header: the first cell comes behind it.</summary>
    public const int HeaderSize = 64;

    /// <summary>Of a region with a name: the PID namespace of its maker, behind the magic.</summary>
    private const int NamespaceOffset = 8;

    private const ulong Magic = 0x3172685368436f43; // "CoChShr1"

    private readonly SharedPages _pages;

    /// <summary>Objects of this process that lie here. Changed under the lock of <see cref="SharedRegions"/>.</summary>
    private int _cells;

    private SharedRegion(SharedPages pages, bool isNamed)
    {
        _pages = pages;
        IsNamed = isNamed;
        Start = pages.Address;
        Size = pages.Size;
    }

    public byte* Start { get; }

    /// <summary>In bytes, the header included.</summary>
    public nuint Size { get; }

    /// <summary>Whether the file has a name, so that it may be there without anybody who has it open.</summary>
    public bool IsNamed { get; }

    public FileIdentity Identity => _pages.Identity;

    /// <summary>This process's own descriptor, by which others open the region.</summary>
    public SafeFileHandle Handle => _pages.Handle;

    /// <exception cref="IOException">The system refuses the file or the mapping.</exception>
    public static SharedRegion Create(string debugName, nuint size)
    {
        SharedRegion region = new(SharedPages.Create(debugName, size), isNamed: false);
        region.Mark();
        return region;
    }

    /// <summary>Maps a new file that will have a name. It is not marked as a region before its content is there.</summary>
    /// <param name="file">Not to be disposed by the caller, unless this throws.</param>
    /// <exception cref="IOException">The system refuses the mapping.</exception>
    public static SharedRegion Create(SharedFile file) => new(SharedPages.Open(file.Handle, HeaderSize, isNamed: true), isNamed: true);

    /// <param name="handle">Owned by the result; stays the caller's when this throws.</param>
    /// <exception cref="InvalidDataException">It is no such region.</exception>
    public static SharedRegion Open(SafeFileHandle handle, bool isNamed)
    {
        SharedPages pages = SharedPages.Open(handle, HeaderSize, isNamed);
        if (Volatile.Read(ref *(ulong*)pages.Address) == Magic)
        {
            return new SharedRegion(pages, isNamed);
        }

        // The handle would go with the pages, and it is not ours yet.
        pages.Detach(keepHandle: true);
        throw new InvalidDataException("The shared memory is not one of this version of Cohort.");
    }

    /// <summary>Says that what lies here is a region of this version.</summary>
    public void Mark()
    {
        *(ulong*)(Start + NamespaceOffset) = ProcessNamespace.Current;
        Volatile.Write(ref *(ulong*)Start, Magic);
    }

    /// <summary>Whether it was made where process numbers mean others than here, so that its owners would seem to be dead.</summary>
    public bool IsOfAnotherNamespace =>
        *(ulong*)(Start + NamespaceOffset) is not 0 and ulong maker && ProcessNamespace.Current is not 0 and ulong own && maker != own;

    public void AddCell() => _cells++;

    /// <summary>Whether that was the last.</summary>
    public bool RemoveCell() => --_cells == 0;

    public void Detach() => _pages.Detach();
}
