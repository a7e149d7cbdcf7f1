using Cohort.Interop;
using Cohort.Platform;
using Cohort.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Platform;

/// <summary>The child gets exactly the descriptors that it was given, whatever numbers they had here.</summary>
public sealed class LaunchDescriptorTests : IDisposable
{
    private readonly TemporaryFolder _directory = new();
    private readonly Leaks _before = Leaks.Snapshot();
    private readonly List<SafeFileHandle> _handles = [];

    public void Dispose()
    {
        _handles.ForEach(static handle => handle.Dispose());
        Leaks.AssertNone(_before);
        _directory.Dispose();
    }

    [Fact(Timeout = 60_000)]
    public async Task Launch_NothingGiven_PassesStandardDescriptorsOnly()
    {
        // One that passes through exec, low, and one high up: both would reach the child if they were not closed there.
        OpenInheritable(0);
        OpenInheritable(700);

        Dictionary<int, string> seen = await ListAsync([]);

        Assert.Equal([0, 1, 2], seen.Keys.Order());
    }

    [Theory(Timeout = 60_000)]
    [InlineData(10)]
    [InlineData(701)]
    public async Task Launch_LibraryWithoutCloseFrom_PassesNothingElseEither(int target)
    {
        OpenInheritable(0);
        OpenInheritable(700);
        SafeFileHandle source = Open("given");

        Dictionary<int, string> seen = await ListAsync(
            [LaunchDescriptor.FromHandle(source, target)], launcher: new LinuxProcessLauncher(mayUseCloseFrom: false));

        Assert.Equal([0, 1, 2, target], seen.Keys.Order());
    }

    [Fact(Timeout = 60_000)]
    public async Task Launch_CloseOtherDescriptorsOff_PassesTheInheritableOnes()
    {
        int low = OpenInheritable(0);
        int high = OpenInheritable(700);

        Dictionary<int, string> seen = await ListAsync([], static request => request with { CloseOtherDescriptors = false });

        Assert.Equal(Expected("low-" + low), seen[low]);
        Assert.Equal(Expected("low-" + high), seen[high]);
    }

    [Fact(Timeout = 60_000)]
    public async Task Launch_TargetsPermuteTheirSources_EachArrives()
    {
        SafeFileHandle[] sources = [.. Enumerable.Range(0, 6).Select(i => Open("source-" + i))];
        int[] numbers = [.. sources.Select(static source => (int)source.DangerousGetHandle())];

        // A rotation: every target is the number of another source, and one source goes to two places.
        List<LaunchDescriptor> descriptors =
            [.. sources.Select((source, i) => LaunchDescriptor.FromHandle(source, numbers[(i + 1) % numbers.Length]))];
        descriptors.Add(LaunchDescriptor.FromHandle(sources[0], numbers.Max() + 1));

        Dictionary<int, string> seen = await ListAsync(descriptors);

        for (int i = 0; i < sources.Length; i++)
        {
            Assert.Equal(Expected("source-" + i), seen[numbers[(i + 1) % numbers.Length]]);
        }

        Assert.Equal(Expected("source-0"), seen[numbers.Max() + 1]);
        Assert.Equal(3 + sources.Length + 1, seen.Count);
    }

    [Fact(Timeout = 60_000)]
    public async Task Launch_SourceHasTheTargetsNumber_ArrivesThoughCloseOnExec()
    {
        SafeFileHandle source = Open("same");
        int number = (int)source.DangerousGetHandle();

        Dictionary<int, string> seen = await ListAsync([LaunchDescriptor.FromHandle(source, number)]);

        Assert.Equal(Expected("same"), seen[number]);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(10)]
    [InlineData(63)]
    [InlineData(2000)]
    public async Task Launch_TargetFarUp_ClosesTheGapBelow(int target)
    {
        OpenInheritable(0);
        SafeFileHandle source = Open("far");

        Dictionary<int, string> seen = await ListAsync([LaunchDescriptor.FromHandle(source, target)]);

        Assert.Equal([0, 1, 2, target], seen.Keys.Order());
        Assert.Equal(Expected("far"), seen[target]);
    }

    [Fact(Timeout = 60_000)]
    public async Task Launch_FilesNullAndClosed_AreAsAsked()
    {
        string file = Path.Combine(_directory.Root, "made-by-the-child");

        Dictionary<int, string> seen = await ListAsync(
        [
            LaunchDescriptor.Null(5),
            LaunchDescriptor.FromFile("made-by-the-child", Libc.O_WRONLY | Libc.O_CREAT, 4),
            LaunchDescriptor.Closed(0),
        ],
            request => request with { WorkingDirectory = _directory.Root });

        Assert.Equal([1, 2, 4, 5], seen.Keys.Order());
        Assert.Equal(file, seen[4]);
        Assert.Equal("/dev/null", seen[5]);
        Assert.True(File.Exists(file));
    }

    [Fact(Timeout = 60_000)]
    public async Task Launch_FilesAndHandlesOnEachOthersNumbers_EachArrives()
    {
        SafeFileHandle[] sources = [.. Enumerable.Range(0, 3).Select(i => Open("mixed-" + i))];

        Dictionary<int, string> seen = await ListAsync(
        [
            LaunchDescriptor.FromFile("/dev/null", Libc.O_RDONLY, 8),
            LaunchDescriptor.FromHandle(sources[0], 3),
            LaunchDescriptor.FromFile("/dev/zero", Libc.O_RDONLY, 4),
            LaunchDescriptor.FromHandle(sources[1], 5),
            LaunchDescriptor.FromFile("/dev/full", Libc.O_RDONLY, 6),
            LaunchDescriptor.FromHandle(sources[2], 7),
        ]);

        Assert.Equal(
            [Expected("mixed-0"), "/dev/zero", Expected("mixed-1"), "/dev/full", Expected("mixed-2"), "/dev/null"],
            Enumerable.Range(3, 6).Select(fd => seen[fd]));
        Assert.Equal(9, seen.Count);
    }

    [Fact(Timeout = 60_000)]
    public async Task Launch_WhileAnotherThreadClosesTheSource_UsesWhatItWasAtTheCall()
    {
        for (int i = 0; i < 20; i++)
        {
            SafeFileHandle source = Open("brief");
            ChildProcess child = ProcessLauncher.Instance.Launch(new LaunchRequest
            {
                FileName = "/bin/sh",
                Arguments = ["sh", "-c", "readlink /proc/self/fd/9 | grep -q brief"],
                Descriptors = [LaunchDescriptor.FromHandle(source, 9)],
            });
            source.Dispose();

            Assert.Equal(0, (await child.Exit.WaitAsync(TestContext.Current.CancellationToken)).ExitCode);
            child.Dispose();
        }
    }

    private static string Expected(string name) => $"/memfd:{name} (deleted)";

    /// <summary>Lists the child's descriptors, but for the one by which `ls` reads the directory.</summary>
    private static async Task<Dictionary<int, string>> ListAsync(
        IReadOnlyList<LaunchDescriptor> descriptors,
        Func<LaunchRequest, LaunchRequest>? change = null,
        ProcessLauncher? launcher = null)
    {
        LaunchRequest request = new()
        {
            FileName = "ls",
            Arguments = ["ls", "-l", "/proc/self/fd"],
            Descriptors = descriptors,
        };
        (ChildExit exit, string text) = await ChildOutput.RunAsync(
            change is null ? request : change(request), launcher);
        Assert.True(exit.ExitCode == 0, text);
        return text.Split('\n')
            .Select(static line => line.Split(" -> ", 2))
            .Where(static parts => parts.Length == 2 && !parts[1].EndsWith("/fd", StringComparison.Ordinal))
            .ToDictionary(
                static parts => int.Parse(parts[0].Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture),
                static parts => parts[1]);
    }

    private SafeFileHandle Open(string name)
    {
        SafeFileHandle handle = MemoryFile.Create(name);
        _handles.Add(handle);
        return handle;
    }

    private int OpenInheritable(int least)
    {
        using SafeFileHandle placeholder = MemoryFile.Create("placeholder");
        int number = Libc.Fcntl(placeholder, Libc.F_DUPFD_CLOEXEC, least);
        Assert.True(number >= 0);
        Libc.Close(number);
        SafeFileHandle named = Open("low-" + number);
        int copy = (int)named.DangerousGetHandle() == number ? number : Libc.Dup2((int)named.DangerousGetHandle(), number);
        Assert.Equal(number, copy);
        if ((int)named.DangerousGetHandle() != number)
        {
            _handles.Add(new SafeFileHandle(number, ownsHandle: true));
        }

        Assert.Equal(0, Libc.Fcntl(number, Libc.F_SETFD, 0));
        return number;
    }
}
