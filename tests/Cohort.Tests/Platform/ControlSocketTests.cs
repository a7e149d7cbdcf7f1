using System.Text;
using Cohort.Interop;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Platform;

public sealed class ControlSocketTests : IDisposable
{
    private readonly Leaks _before = Leaks.Snapshot();
    private readonly ControlSocket _ours;
    private readonly ControlSocket _theirs;

    public ControlSocketTests()
    {
        (_ours, _theirs) = ControlSocket.CreatePair();
    }

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
        Leaks.AssertNone(_before);
    }

    [Fact]
    public void Receive_SeveralMessages_KeepsTheirBorders()
    {
        _ours.Send("one"u8);
        _ours.Send("three"u8);
        byte[] buffer = new byte[100];

        Assert.Equal("one", Encoding.ASCII.GetString(buffer, 0, _theirs.Receive(buffer)));
        Assert.Equal("three", Encoding.ASCII.GetString(buffer, 0, _theirs.Receive(buffer)));
    }

    [Fact]
    public void Receive_PeerClosed_GivesTheRestAndThenZero()
    {
        _ours.Send("last"u8);
        _ours.Dispose();
        byte[] buffer = new byte[100];

        Assert.Equal(4, _theirs.Receive(buffer));
        Assert.Equal(0, _theirs.Receive(buffer));
        Assert.Equal(0, _theirs.Receive(buffer, timeoutMilliseconds: 0));
    }

    [Fact]
    public async Task WaitForHangUp_MessagesComeFirst_LeavesThemAndEndsWithThePeer()
    {
        _ours.Send("unread"u8);
        Assert.False(_theirs.WaitForHangUp(10));
        Task<bool> hangUp = Watchdog.Run(() => _theirs.WaitForHangUp(int.MaxValue));
        Assert.False(hangUp.IsCompleted);
        _ours.Dispose();
        Assert.True(await hangUp);

        byte[] buffer = new byte[100];
        Assert.Equal(6, _theirs.Receive(buffer));
    }

    [Fact]
    public void Receive_PeerClosedWithUnreadData_GivesZero()
    {
        _theirs.Send("never read"u8);
        _ours.Dispose();

        Assert.Equal(0, _theirs.Receive(new byte[10]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public void Receive_NothingComes_TimesOut(int milliseconds) => Assert.Throws<TimeoutException>(
        () => _theirs.Receive(new byte[10], timeoutMilliseconds: milliseconds));

    [Fact(Timeout = 60_000)]
    public async Task Receive_MessageComesWhileWaiting_Returns()
    {
        Task<int> receiving = Task.Factory.StartNew(
            () => _theirs.Receive(new byte[10], timeoutMilliseconds: 20_000), TaskCreationOptions.LongRunning);

        _ours.Send("hello"u8);

        Assert.Equal(5, await receiving.WaitAsync(TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task Shutdown_WhileReceiving_EndsIt()
    {
        Task<int> receiving = Task.Factory.StartNew(
            () => _theirs.Receive(new byte[10]), TaskCreationOptions.LongRunning);

        _theirs.Shutdown();

        Assert.Equal(0, await receiving.WaitAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Receive_BufferTooSmall_ThrowsAndGoesOnWithTheNext()
    {
        _ours.Send(new byte[11]);
        _ours.Send("next"u8);

        Assert.Throws<InvalidDataException>(() => _theirs.Receive(new byte[10]));
        Assert.Equal(4, _theirs.Receive(new byte[10]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(ControlSocket.MaxHandles)]
    public void Send_Handles_ArriveAsCloseOnExecDuplicates(int count)
    {
        SafeFileHandle[] files = [.. Enumerable.Range(0, count).Select(static i => MemoryFile.Create("passed-" + i))];
        List<SafeFileHandle> received = [];
        try
        {
            _ours.Send("take"u8, files);
            Assert.Equal(4, _theirs.Receive(new byte[10], received));

            Assert.Equal(
                files.Select(static (_, i) => $"/memfd:passed-{i} (deleted)"),
                received.Select(static handle => new FileInfo($"/proc/self/fd/{handle.DangerousGetHandle()}").LinkTarget));
            Assert.All(received, static handle => Assert.Equal(Libc.FD_CLOEXEC, Libc.Fcntl(handle, Libc.F_GETFD)));
        }
        finally
        {
            received.ForEach(static handle => handle.Dispose());
            Array.ForEach(files, static handle => handle.Dispose());
        }
    }

    [Fact]
    public void Receive_HandlesNotAskedForOrMessageCut_ClosesThem()
    {
        using SafeFileHandle file = MemoryFile.Create("unwanted");
        _ours.Send("a"u8, [file]);
        _ours.Send(new byte[20], [file, file]);

        Assert.Throws<InvalidDataException>(() => _theirs.Receive(new byte[10]));
        List<SafeFileHandle> received = [];
        Assert.Throws<InvalidDataException>(() => _theirs.Receive(new byte[10], received));
        Assert.Empty(received);
    }

    [Fact]
    public void Send_ClosedHandle_ThrowsAndSendsNothing()
    {
        SafeFileHandle closed = MemoryFile.Create("closed");
        using SafeFileHandle open = MemoryFile.Create("open");
        closed.Dispose();

        Assert.Throws<ObjectDisposedException>(() => _ours.Send("x"u8, [open, closed]));
        Assert.Throws<TimeoutException>(() => _theirs.Receive(new byte[10], timeoutMilliseconds: 0));
    }

    [Fact]
    public void Send_NotADescriptor_Throws()
    {
        using SafeFileHandle wrong = new(1 << 29, ownsHandle: false);

        Assert.Equal(Errno.EBADF, Assert.Throws<IOException>(() => _ours.Send("x"u8, [wrong])).HResult);
    }

    [Fact]
    public void Send_PeerClosed_ThrowsBrokenPipeAndNoSignal()
    {
        _theirs.Dispose();

        IOException fault = Assert.Throws<IOException>(() => _ours.Send("x"u8));

        Assert.Equal(Errno.EPIPE, fault.HResult);
        Assert.Contains("closed", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Send_TooLarge_SaysSo()
    {
        IOException fault = Assert.Throws<IOException>(() => _ours.Send(new byte[64 << 20]));

        Assert.Equal(Errno.EMSGSIZE, fault.HResult);
        Assert.Contains("67108864 bytes", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Send_EmptyOrTooManyHandles_IsRefused()
    {
        using SafeFileHandle file = MemoryFile.Create("many");

        Assert.Throws<ArgumentOutOfRangeException>(() => _ours.Send(default));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => _ours.Send("x"u8, [.. Enumerable.Repeat(file, ControlSocket.MaxHandles + 1)]));
    }

    [Fact]
    public void Send_PeerReadsNothing_TimesOutAndLosesNothing()
    {
        int sent = 0;
        void SendWithoutEnd()
        {
            while (true)
            {
                _ours.Send(BitConverter.GetBytes(sent), timeoutMilliseconds: 10);
                sent++;
            }
        }

        Assert.Throws<TimeoutException>((Action)SendWithoutEnd);

        byte[] buffer = new byte[4];
        for (int i = 0; i < sent; i++)
        {
            Assert.Equal(4, _theirs.Receive(buffer, timeoutMilliseconds: 0));
            Assert.Equal(i, BitConverter.ToInt32(buffer));
        }

        Assert.Throws<TimeoutException>(() => _theirs.Receive(buffer, timeoutMilliseconds: 0));
        Assert.True(sent > 0);
    }

    [Fact(Timeout = 60_000)]
    public async Task Send_FromManyThreads_KeepsEachMessageWhole()
    {
        const int Threads = 4;
        const int Messages = 500;
        Task[] senders = [.. Enumerable.Range(0, Threads).Select(thread => Task.Factory.StartNew(
            () =>
            {
                for (int i = 0; i < Messages; i++)
                {
                    byte[] message = new byte[1 + (i % 900)];
                    Array.Fill(message, (byte)thread);
                    _ours.Send(message);
                }
            },
            TaskCreationOptions.LongRunning))];
        int[] counts = new int[Threads];
        byte[] buffer = new byte[1000];
        for (int i = 0; i < Threads * Messages; i++)
        {
            int length = _theirs.Receive(buffer, timeoutMilliseconds: 20_000);
            Assert.Equal(-1, buffer.AsSpan(0, length).IndexOfAnyExcept(buffer[0]));
            Assert.Equal(1 + (counts[buffer[0]]++ % 900), length);
        }

        await Task.WhenAll(senders).WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void GetPeerCredentials_OwnPair_IsThisProcess() =>
        Assert.Equal(Environment.ProcessId, _ours.GetPeerCredentials().ProcessId);

    [Fact]
    public void FromDescriptor_NoSuchSocket_Throws()
    {
        using SafeFileHandle file = MemoryFile.Create("file");
        Assert.Throws<InvalidDataException>(() => ControlSocket.FromDescriptor(file));

        int[] ends = new int[2];
        unsafe
        {
            fixed (int* pointer = ends)
            {
                Assert.Equal(0, Libc.SocketPair(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0, pointer));
            }
        }

        using SafeFileHandle stream = new(ends[0], ownsHandle: true);
        using SafeFileHandle peer = new(ends[1], ownsHandle: true);
        Assert.Throws<InvalidDataException>(() => ControlSocket.FromDescriptor(stream));

        using SafeFileHandle wrong = new(1 << 29, ownsHandle: false);
        Assert.Equal(Errno.EBADF, Assert.Throws<IOException>(() => ControlSocket.FromDescriptor(wrong)).HResult);
    }

    [Fact(Timeout = 60_000)]
    public async Task Echo_WithAnotherProcess_CarriesMessagesAndDescriptors()
    {
        using ChildProcess child = ProcessLauncher.Instance.Launch(TestWorker.Request("control-echo", "3") with
        {
            Descriptors = [LaunchDescriptor.FromHandle(_theirs.Handle, 3)],
        });
        _theirs.Dispose();
        byte[] buffer = new byte[64 * 1024];
        Assert.Equal(4, _ours.Receive(buffer, timeoutMilliseconds: 20_000));
        Assert.Equal(child.ProcessId, BitConverter.ToInt32(buffer));
        using SafeFileHandle file = MemoryFile.Create("written-by-the-child");

        _ours.Send(new byte[60_000], [file, file], 20_000);
        Assert.Equal(60_000, _ours.Receive(buffer, timeoutMilliseconds: 20_000));

        byte[] written = new byte[10];
        Assert.Equal("seen", Encoding.ASCII.GetString(written, 0, RandomAccess.Read(file, written, 0)));
        _ours.Shutdown();
        Assert.Equal(0, (await child.Exit.WaitAsync(TestContext.Current.CancellationToken)).ExitCode);
    }
}
