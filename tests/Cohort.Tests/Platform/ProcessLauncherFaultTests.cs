using Cohort.Interop;
using Cohort.Platform;
using Cohort.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Platform;

/// <summary>Every fault says what was wrong, as the exception type that fits, and leaves nothing behind.</summary>
public sealed class ProcessLauncherFaultTests : IDisposable
{
    private readonly TemporaryFolder _directory = new();
    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose()
    {
        Leaks.AssertNone(_before);
        _directory.Dispose();
    }

    [Theory]
    [InlineData("/nowhere/at/all")]
    [InlineData("./cohort-nowhere")]
    [InlineData("cohort-nowhere")]
    public void Launch_NoSuchExecutable_ThrowsFileNotFound(string name)
    {
        FileNotFoundException fault = Assert.Throws<FileNotFoundException>(() => Launch(name));

        Assert.Contains(name, fault.Message, StringComparison.Ordinal);
        Assert.Equal(name, fault.FileName);
    }

    [Fact]
    public void Launch_NoSuchWorkingDirectory_SaysThatItIsTheDirectory()
    {
        DirectoryNotFoundException fault = Assert.Throws<DirectoryNotFoundException>(
            () => Launch("/bin/true", static request => request with { WorkingDirectory = "/nowhere/dir" }));

        Assert.Contains("/nowhere/dir", fault.Message, StringComparison.Ordinal);
        Assert.Contains("ENOENT", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Launch_WorkingDirectoryIsFile_SaysThatItIsTheDirectory()
    {
        DirectoryNotFoundException fault = Assert.Throws<DirectoryNotFoundException>(
            () => Launch("/bin/true", static request => request with { WorkingDirectory = "/bin/true" }));

        Assert.Contains("ENOTDIR", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/etc/passwd", Errno.EACCES)]
    [InlineData("/usr", Errno.EACCES)]
    public void Launch_NotExecutable_ThrowsWithErrnoAndPath(string path, int errno)
    {
        IOException fault = Assert.Throws<IOException>(() => Launch(path));

        Assert.Equal(errno, fault.HResult);
        Assert.Contains(path, fault.Message, StringComparison.Ordinal);
        Assert.Contains("EACCES", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Launch_NotExecutableInSearchPath_ThrowsAccessDenied()
    {
        File.WriteAllText(Path.Combine(_directory.Root, "cohort-plain"), "");

        IOException fault = Assert.Throws<IOException>(() => Launch(
            "cohort-plain",
            request => request with { Environment = new Dictionary<string, string> { ["PATH"] = _directory.Root } }));

        Assert.Equal(Errno.EACCES, fault.HResult);
    }

    [Fact]
    public void Launch_InterpreterMissing_SaysThatTheFileIsThere()
    {
        string script = _directory.WriteScript("orphan.sh", "#!/nowhere/shell\n");

        FileNotFoundException fault = Assert.Throws<FileNotFoundException>(() => Launch(script));

        Assert.Contains("interpreter", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Launch_FileIsNoProgram_SaysSo()
    {
        string file = _directory.WriteScript("noise", "\u0001\u0002 no program");

        IOException fault = Assert.Throws<IOException>(() => Launch(file));

        Assert.Equal(Errno.ENOEXEC, fault.HResult);
        Assert.Contains("#!", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Launch_ArgumentsTooLarge_ThrowsE2Big()
    {
        IOException fault = Assert.Throws<IOException>(() => Launch(
            "/bin/true", static request => request with { Arguments = ["true", new string('x', 8 << 20)] }));

        Assert.Equal(Errno.E2BIG, fault.HResult);
        Assert.Contains("too large", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Launch_ZeroCharacters_AreRefusedEverywhere()
    {
        Assert.Throws<ArgumentException>(() => Launch("/bin/tr\0ue"));
        Assert.Throws<ArgumentException>(() => Launch("/bin/true", static r => r with { Arguments = ["true", "a\0b"] }));
        Assert.Throws<ArgumentException>(() => Launch("/bin/true", static r => r with { WorkingDirectory = "/us\0r" }));
        Assert.Throws<ArgumentException>(() => Launch(
            "/bin/true", static r => r with { Environment = new Dictionary<string, string> { ["A"] = "x\0y" } }));
        Assert.Throws<ArgumentException>(() => LaunchDescriptor.FromFile("/dev/nu\0ll", Libc.O_RDWR, 0));
    }

    [Theory]
    [InlineData("")]
    [InlineData("A=B")]
    public void Launch_ImpossibleVariableName_IsRefused(string name) => Assert.Throws<ArgumentException>(() => Launch(
        "/bin/true", request => request with { Environment = new Dictionary<string, string> { [name] = "x" } }));

    [Fact]
    public void Launch_EmptyFileName_IsRefused() => Assert.Throws<ArgumentException>(() => Launch(""));

    [Fact]
    public void Launch_TargetNamedTwice_IsRefused() => Assert.Throws<ArgumentException>(() => Launch(
        "/bin/true", static r => r with { Descriptors = [LaunchDescriptor.Null(5), LaunchDescriptor.Closed(5)] }));

    [Fact]
    public void Launch_ClosedSource_IsRefused()
    {
        SafeFileHandle closed = Libc.Open("/dev/null", Libc.O_RDONLY | Libc.O_CLOEXEC);
        closed.Dispose();

        Assert.Throws<ObjectDisposedException>(
            () => Launch("/bin/true", r => r with { Descriptors = [LaunchDescriptor.FromHandle(closed, 5)] }));
    }

    [Fact]
    public void Launch_TargetOutOfRange_SaysThatItIsADescriptor()
    {
        using SafeFileHandle source = Libc.Open("/dev/null", Libc.O_RDONLY | Libc.O_CLOEXEC);

        IOException fault = Assert.Throws<IOException>(
            () => Launch("/bin/true", r => r with { Descriptors = [LaunchDescriptor.FromHandle(source, 1 << 30)] }));

        Assert.Contains("descriptor", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Launch_FileForDescriptorMissing_NamesIt()
    {
        FileNotFoundException fault = Assert.Throws<FileNotFoundException>(() => Launch(
            "/bin/true",
            static r => r with { Descriptors = [LaunchDescriptor.FromFile("/nowhere/input", Libc.O_RDONLY, 0)] }));

        Assert.Contains("/nowhere/input", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Launch_JoinGroupThatIsNot_NamesTheGroup()
    {
        IOException fault = Assert.Throws<IOException>(
            () => Launch("/bin/true", static r => r with { Group = LaunchGroup.Join(int.MaxValue) }));

        Assert.Contains(int.MaxValue.ToString(System.Globalization.CultureInfo.InvariantCulture), fault.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Launch_OutOfDescriptors_FailsCleanlyAtEveryStep()
    {
        LaunchRequest worker = TestWorker.Request("launch-without-descriptors");

        (ChildExit exit, string text) = await ChildOutput.RunAsync(worker with
        {
            FileName = "/bin/sh",
            Arguments = ["sh", "-c", "ulimit -n 128; exec \"$0\" launch-without-descriptors", TestWorker.Path],
        });

        Assert.True(exit.ExitCode == 0, $"{exit}: {text}");
        Assert.Contains("cannot hand over descriptor", text, StringComparison.Ordinal);
        Assert.Contains("cannot watch the started process", text, StringComparison.Ordinal);
        Assert.Contains("EMFILE", text, StringComparison.Ordinal);
    }

    private static void Launch(string fileName, Func<LaunchRequest, LaunchRequest>? change = null)
    {
        LaunchRequest request = new() { FileName = fileName, Arguments = [fileName] };
        using ChildProcess child = ProcessLauncher.Instance.Launch(change is null ? request : change(request));
    }
}
