using Cohort.Interop;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Platform;

public sealed unsafe class SharedPagesTests : IDisposable
{
    private static readonly nuint s_page = SharedPages.PageSize;

    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4096, 1)]
    [InlineData(4097, 2)]
    public void Create_AnySize_IsRoundedUpToPagesAndZero(int size, int pages)
    {
        // Holds for any page size, only with other numbers.
        nuint bytes = (nuint)size * (s_page / 4096);
        using SharedPages shared = SharedPages.Create("test", bytes);

        Assert.Equal((nuint)pages * s_page, shared.Size);
        Assert.Equal(-1, new ReadOnlySpan<byte>(shared.Address, (int)shared.Size).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Create_Handle_IsCloseOnExecAndSealed()
    {
        using SharedPages shared = SharedPages.Create("test", 1);

        Assert.Equal(Libc.FD_CLOEXEC, Libc.Fcntl(shared.Handle, Libc.F_GETFD));
        Assert.Equal(-1, Libc.FTruncate(shared.Handle, 0));
        Assert.Equal(Errno.EPERM, Errno.Last);
        Assert.Equal(-1, Libc.FTruncate(shared.Handle, (long)s_page * 2));
        Assert.Equal(-1, Libc.Fcntl(shared.Handle, Libc.F_ADD_SEALS, Libc.F_SEAL_WRITE));
    }

    [Fact]
    public void Create_LongAndOddNames_AreCutToFit()
    {
        using SharedPages longName = SharedPages.Create(new string('é', 1000), 1);
        using SharedPages empty = SharedPages.Create("", 1);

        Assert.Contains("memfd:é", new FileInfo($"/proc/self/fd/{longName.Handle.DangerousGetHandle()}").LinkTarget, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_MoreThanTheAddressSpace_ThrowsAndLeavesNothing()
    {
        IOException fault = Assert.Throws<IOException>(() => SharedPages.Create("huge", (nuint)1 << 60));

        Assert.Contains("shared memory", fault.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => SharedPages.Create("none", 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => SharedPages.Create("most", nuint.MaxValue));
    }

    [Fact]
    public void Open_DuplicateHandle_SeesTheSameBytesAndIdentity()
    {
        using SharedPages shared = SharedPages.Create("test", s_page);
        using SharedPages other = SharedPages.Open(Duplicate(shared.Handle), s_page);

        shared.Address[17] = 42;

        Assert.Equal(42, other.Address[17]);
        Assert.NotEqual((nint)shared.Address, (nint)other.Address);
        Assert.Equal(shared.Identity, other.Identity);
        Assert.Equal(shared.Size, other.Size);
        using SharedPages stranger = SharedPages.Create("test", s_page);
        Assert.NotEqual(shared.Identity, stranger.Identity);
    }

    [Fact]
    public void Open_TooSmall_Throws()
    {
        using SharedPages shared = SharedPages.Create("test", s_page);
        using SafeFileHandle duplicate = Duplicate(shared.Handle);

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => SharedPages.Open(duplicate, s_page + 1));

        Assert.Contains(s_page.ToString(), fault.Message, StringComparison.Ordinal);
        Assert.False(duplicate.IsClosed);
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/etc/passwd")]
    [InlineData("/dev/zero")]
    public void Open_ForeignFile_Throws(string path)
    {
        using SafeFileHandle handle = Libc.Open(path, Libc.O_RDONLY | Libc.O_CLOEXEC);

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => SharedPages.Open(handle));

        Assert.Contains("no shared memory of Cohort", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_UnsealedMemoryFile_Throws()
    {
        using SafeFileHandle handle = MemoryFile.Create("unsealed");
        Assert.Equal(0, Libc.FTruncate(handle, (long)s_page));

        Assert.Throws<InvalidDataException>(() => SharedPages.Open(handle));
    }

    [Fact]
    public void Open_NotADescriptor_Throws()
    {
        using SafeFileHandle wrong = new(1 << 29, ownsHandle: false);

        IOException fault = Assert.Throws<IOException>(() => SharedPages.Open(wrong));

        Assert.Equal(Errno.EBADF, fault.HResult);
    }

    [Fact]
    public void MapMirrored_WriteAcrossTheEnd_GoesOnAtTheStart()
    {
        using SharedPages shared = SharedPages.Create("ring", s_page * 5);
        nuint length = s_page * 2;
        byte* ring = shared.MapMirrored(s_page, length);
        Span<byte> across = new(ring + length - 3, 6);

        "abcdef"u8.CopyTo(across);

        Assert.True(new ReadOnlySpan<byte>(ring, 3).SequenceEqual("def"u8));
        Assert.True(new ReadOnlySpan<byte>(shared.Address + s_page, 3).SequenceEqual("def"u8));
        Assert.True(new ReadOnlySpan<byte>(shared.Address + s_page + length - 3, 3).SequenceEqual("abc"u8));
        Assert.Equal(0, shared.Address[0]);
        Assert.Equal(0, shared.Address[s_page * 3]);
    }

    [Fact]
    public void MapMirrored_NotPagesOrOutside_Throws()
    {
        using SharedPages shared = SharedPages.Create("ring", s_page * 2);

        Assert.Throws<ArgumentOutOfRangeException>(() => (nint)shared.MapMirrored(1, s_page));
        Assert.Throws<ArgumentOutOfRangeException>(() => (nint)shared.MapMirrored(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => (nint)shared.MapMirrored(0, s_page + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => (nint)shared.MapMirrored(s_page, s_page * 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => (nint)shared.MapMirrored(nuint.MaxValue - s_page + 1, s_page));
    }

    [Fact]
    public void Dispose_Twice_UnmapsAllOnce()
    {
        int before = MappingsOfTest();
        SharedPages shared = SharedPages.Create("cohort-dispose-test", s_page * 2);
        shared.MapMirrored(0, s_page);
        Assert.Equal(before + 3, MappingsOfTest());

        shared.Dispose();
        shared.Dispose();

        Assert.Equal(before, MappingsOfTest());
        Assert.Throws<ObjectDisposedException>(() => (nint)shared.Address);
        Assert.Throws<ObjectDisposedException>(() => (nint)shared.MapMirrored(0, s_page));
    }

    private static int MappingsOfTest() => File.ReadLines("/proc/self/maps")
        .Count(static line => line.Contains("cohort-dispose-test", StringComparison.Ordinal));

    private static SafeFileHandle Duplicate(SafeFileHandle handle)
    {
        SafeFileHandle duplicate = new(Libc.Fcntl(handle, Libc.F_DUPFD_CLOEXEC), ownsHandle: true);
        Assert.False(duplicate.IsInvalid);
        return duplicate;
    }
}
