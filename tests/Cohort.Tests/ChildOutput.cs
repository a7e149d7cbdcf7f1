using Cohort.Interop;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests;

/// <summary>A child whose standard output and error a test reads. Dispose kills it and whatever shares its group.</summary>
internal sealed class ChildOutput : IAsyncDisposable
{
    private readonly StreamReader _reader;

    private ChildOutput(ChildProcess process, StreamReader reader)
    {
        Process = process;
        _reader = reader;
    }

    public ChildProcess Process { get; }

    /// <summary>Starts the child in a group of its own unless the request says otherwise.</summary>
    public static unsafe ChildOutput Start(LaunchRequest request, ProcessLauncher? launcher = null)
    {
        int* ends = stackalloc int[2];
        Assert.Equal(0, Libc.Pipe2(ends, Libc.O_CLOEXEC));
        SafeFileHandle read = new(ends[0], ownsHandle: true);
        using SafeFileHandle write = new(ends[1], ownsHandle: true);
        LaunchGroup group = request.Group.Kind == LaunchGroupKind.Inherit ? LaunchGroup.NewGroup : request.Group;
        try
        {
            ChildProcess child = (launcher ?? ProcessLauncher.Instance).Launch(request with
            {
                Group = group,
                Descriptors =
                [
                    .. request.Descriptors, LaunchDescriptor.FromHandle(write, 1), LaunchDescriptor.FromHandle(write, 2),
                ],
            });
            child.KillGroupOnExit = group.IsOwn;
            return new ChildOutput(child, new StreamReader(new FileStream(read, FileAccess.Read, bufferSize: 0)));
        }
        catch
        {
            read.Dispose();
            throw;
        }
    }

    /// <summary>Runs the child to its end and gives all that it wrote.</summary>
    public static async Task<(ChildExit Exit, string Text)> RunAsync(
        LaunchRequest request, ProcessLauncher? launcher = null)
    {
        await using ChildOutput child = Start(request, launcher);
        string text = await child.ReadToEndAsync();
        return (await child.Process.Exit.WaitAsync(TestContext.Current.CancellationToken), text);
    }

    // Reads from a pipe cannot be cancelled: they run aside, and Dispose ends them by killing the writers.
    public async Task<string> ReadToEndAsync() =>
        await Task.Run(_reader.ReadToEnd).WaitAsync(TestContext.Current.CancellationToken);

    public async Task<string> ReadLineAsync() =>
        await Task.Run(_reader.ReadLine).WaitAsync(TestContext.Current.CancellationToken)
        ?? throw new EndOfStreamException($"The child wrote no further line ({Process}).");

    public async ValueTask DisposeAsync()
    {
        Process.Signal(Signal.SIGKILL);
        await Process.Exit.WaitAsync(TimeSpan.FromSeconds(20));
        Process.Dispose();
        _reader.Dispose();
    }
}
