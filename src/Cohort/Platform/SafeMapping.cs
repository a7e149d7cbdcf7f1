using System.Runtime.InteropServices;
using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>A range of mapped memory, given back by munmap.</summary>
internal sealed unsafe class SafeMapping : SafeHandle
{
    private const int PrivateAccess = Libc.PROT_READ | Libc.PROT_WRITE;
    private const int PrivateZeros = Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE;

    private SafeMapping(void* address, nuint length)
        : base((nint)Libc.MAP_FAILED, ownsHandle: true)
    {
        Length = length;
        SetHandle((nint)address);
    }

    public override bool IsInvalid => handle == (nint)Libc.MAP_FAILED;

    public byte* Address => (byte*)handle;

    public nuint Length { get; }

    /// <summary>Maps part of a file for reading and writing, seen by everyone who maps it.</summary>
    public static SafeMapping MapShared(SafeHandle file, nuint offset, nuint length)
    {
        void* address = Libc.MMap(
            null, length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, file, checked((long)offset));
        return Own(address, length);
    }

    /// <summary>Maps the same part of a file twice, back to back.</summary>
    public static SafeMapping MapSharedTwice(SafeHandle file, nuint offset, nuint length)
    {
        // The reservation keeps both halves together: MAP_FIXED then replaces what nobody else can have taken.
        nuint total = checked(length * 2);
        SafeMapping mapping = Own(
            Libc.MMap(
                null, total, Libc.PROT_NONE, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE, -1, 0),
            total);
        try
        {
            MapFixed(mapping.Address, file, offset, length);
            MapFixed(mapping.Address + length, file, offset, length);
            return mapping;
        }
        catch
        {
            mapping.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Lets go of the file's pages; the range stays mapped, to zeros of this process's own. Never throws, as finalizers come here:
    /// where the system has nothing to put there, all stays as it is until this is disposed.
    /// </summary>
    /// <remarks>
    /// A system that keeps count of promised memory (vm.overcommit_memory = 2), or a limit of this process, may refuse so many private
    /// pages, though next to none will be touched. An empty file promises none.
    /// </remarks>
    public void ReplaceByZeros()
    {
        // Elsewhere first: a refusal in this place could leave a hole, which the next mapping of anybody would fill.
        void* trial = Libc.MMap(null, Length, PrivateAccess, PrivateZeros, -1, 0);
        if (trial != Libc.MAP_FAILED)
        {
            Libc.MUnmap(trial, Length);
            if (Libc.MMap(Address, Length, PrivateAccess, PrivateZeros | Libc.MAP_FIXED, -1, 0) != Libc.MAP_FAILED)
            {
                return;
            }
        }

        try
        {
            using SafeFileHandle empty = MemoryFile.Create("cohort-disposed");
            if (Libc.FTruncate(empty, (long)Length) == 0)
            {
                MapFixed(Address, empty, 0, Length);
            }
        }
        catch (IOException)
        {
            // No descriptor is left, or no memory at all.
        }
    }

    protected override bool ReleaseHandle() => Libc.MUnmap((void*)handle, Length) == 0;

    private static void MapFixed(byte* address, SafeHandle file, nuint offset, nuint length)
    {
        void* mapped = Libc.MMap(
            address,
            length,
            Libc.PROT_READ | Libc.PROT_WRITE,
            Libc.MAP_SHARED | Libc.MAP_FIXED,
            file,
            checked((long)offset));
        if (mapped == Libc.MAP_FAILED)
        {
            throw OsError.LastToException($"cannot map {length} bytes of shared memory");
        }
    }

    private static SafeMapping Own(void* address, nuint length) =>
        address != Libc.MAP_FAILED
            ? new SafeMapping(address, length)
            : throw OsError.LastToException($"cannot map {length} bytes of shared memory");
}
