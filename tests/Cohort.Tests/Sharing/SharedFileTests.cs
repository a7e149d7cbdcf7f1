using Cohort.Platform;
using Cohort.Sharing;

namespace Cohort.Tests.Sharing;

/// <summary>The files behind shared memory: how they are made, what else can have a name, who may open them.</summary>
public sealed class SharedFileTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _name = SharedNames.New();
    private readonly Leaks _before = Leaks.Snapshot();

    private string FilePath => SharedNames.PathOf(_name);

    public void Dispose()
    {
        File.Delete(FilePath);
        Leaks.AssertNone(_before);
    }

    [Fact]
    public void A_file_belongs_to_its_user_alone_by_default()
    {
        using SharedMemory memory = SharedMemory.Create(1, _name);

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(FilePath));
    }

    [Theory]
    [InlineData(OwnerOnly | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite)]
    [InlineData(UnixFileMode.UserRead)]
    [InlineData(UnixFileMode.None)]
    public void Permissions_are_those_asked_for_whatever_the_umask(UnixFileMode mode)
    {
        using SharedMemory memory = SharedMemory.Create(1, _name, mode);

        memory.Span[0] = 1;

        Assert.Equal(mode, File.GetUnixFileMode(FilePath));
    }

    [Fact]
    public void Permissions_that_memory_cannot_have_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>("mode", () => SharedMemory.Create(1, _name, OwnerOnly | UnixFileMode.SetUser));
        Assert.Throws<ArgumentOutOfRangeException>("mode", () => SharedMemory.Create(1, _name, (UnixFileMode)(1 << 20)));
    }

    [Fact]
    public void Permissions_that_keep_this_user_out_are_an_UnauthorizedAccessException()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "a privileged user may open everything");
        using SharedMemory memory = SharedMemory.Create(1, _name, UnixFileMode.UserRead);

        UnauthorizedAccessException fault = Assert.Throws<UnauthorizedAccessException>(() => SharedMemory.Open(_name));

        Assert.Contains("EACCES", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_new_file_is_seen_by_nobody_until_it_is_published(bool canBeUnnamed)
    {
        using SharedFile file = SharedFile.Create(5000, OwnerOnly, canBeUnnamed: canBeUnnamed);
        Assert.Null(SharedFile.Find(_name));

        Assert.True(file.TryPublish(_name));

        Assert.Equal(file.Identity, SharedFile.Find(_name));
        using SharedFile opened = SharedFile.Open(_name);
        Assert.Equal((file.Identity, 5000), (opened.Identity, opened.Size));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_two_files_that_want_a_name_the_second_does_not_get_it_and_leaves_nothing(bool canBeUnnamed)
    {
        using SharedFile first = SharedFile.Create(1, OwnerOnly, canBeUnnamed: canBeUnnamed);
        using (SharedFile second = SharedFile.Create(1, OwnerOnly, canBeUnnamed: canBeUnnamed))
        {
            Assert.True(first.TryPublish(_name));
            Assert.False(second.TryPublish(_name));
        }

        Assert.Equal(first.Identity, SharedFile.Find(_name));
        Assert.Equal([FilePath], Directory.GetFileSystemEntries(SharedFileName.Folder).Except(_before.SharedNames));
    }

    [Fact]
    public void A_draft_of_too_many_bytes_leaves_nothing()
    {
        Assert.Throws<IOException>(() => SharedFile.Create(1L << 50, OwnerOnly, canBeUnnamed: false));
    }

    [Fact]
    public async Task What_is_no_regular_file_is_refused_at_once()
    {
        Directory.CreateDirectory(FilePath);
        await AssertRefusedAsync("EISDIR");
        Directory.Delete(FilePath);

        File.CreateSymbolicLink(FilePath, "/etc/hostname");
        await AssertRefusedAsync("symbolic link");
        File.Delete(FilePath);

        await ChildOutput.RunAsync(new LaunchRequest { FileName = "mkfifo", Arguments = ["mkfifo", FilePath] }).Watched();
        await AssertRefusedAsync("not a regular file");
        IOException taken = Assert.Throws<IOException>(() => SharedMemory.Create(1, _name));
        Assert.Contains("EEXIST", taken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_file_is_refused()
    {
        File.WriteAllBytes(FilePath, []);

        IOException fault = Assert.Throws<IOException>(() => SharedMemory.Open(_name));

        Assert.Contains("empty", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_of_more_than_two_GiB_is_used_in_parts()
    {
        const long Length = 5L << 30;
        using (FileStream sparse = new(FilePath, FileMode.CreateNew))
        {
            sparse.SetLength(Length);
        }

        using SharedMemory memory = SharedMemory.Open(_name);
        memory.GetSpan(Length - 1, 1)[0] = 4;

        Assert.Equal(Length, memory.Size);
        Assert.Throws<InvalidOperationException>(() => memory.Span.Length);
        Assert.Throws<InvalidOperationException>(() => memory.Memory);
        Assert.Throws<InvalidOperationException>(() => memory.AsSpan<short>().Length);
        Assert.Equal(4L << 56, memory.AsSpan<long>()[^1]);
    }

    [Fact]
    public void A_file_that_grew_is_mapped_at_both_sizes()
    {
        using SharedMemory small = SharedMemory.Create(100, _name);
        using (FileStream file = new(FilePath, FileMode.Open))
        {
            file.SetLength(200);
        }

        using SharedMemory large = SharedMemory.Open(_name);
        large.Span[99] = 1;

        Assert.Equal((100, 200), (small.Size, large.Size));
        Assert.Equal(1, small.Span[99]);
    }

    private async Task AssertRefusedAsync(string reason)
    {
        IOException fault = await Assert.ThrowsAsync<IOException>(() => Watchdog.Run(() => SharedMemory.Open(_name)));
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }
}
