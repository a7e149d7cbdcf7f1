using System.Text;
using Cohort.Interop;
using Cohort.Subprocesses;

namespace Cohort.Tests.Subprocesses;

/// <summary>Commands on a pseudo-terminal whose streams go elsewhere in part or all, and terminals that nobody has open.</summary>
public sealed class PtyRedirectTests : IDisposable
{
    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Fact(Timeout = 60_000)]
    public async Task Error_AsOutput_IsTheTerminal()
    {
        await using Expect expect = Expect.Start(
            Subprocess.Shell("test -t 2 && echo shown >&2"), processOptions: new() { StandardError = Redirect.StandardOutput });
        Assert.Equal("shown\r\n", (await expect.WaitForAsync([Expect.EndOfOutput]).Watched()).Before);
    }

    [Fact(Timeout = 60_000)]
    public async Task AllElsewhere_TheTerminalIsTheCommandsStill()
    {
        using TemporaryFifo gate = new();
        await using Pty pty = Pty.Start(
            Subprocess.Shell("read line <\"$1\"; echo to the terminal >/dev/tty; read answer </dev/tty; echo \"$answer\"", gate.Path),
            new() { StandardInput = Redirect.Null, CaptureOutput = true });
        await using Expect expect = new(pty);

        // Reading begins before the command has opened it.
        Task<ExpectMatch> shown = expect.WaitForAsync(["to the terminal"]);
        gate.Open();
        await shown.Watched();
        await expect.SendLineAsync("typed").Watched();

        Assert.Equal("typed\n", (await pty.Process.CommunicateAsync().Watched()).Output);
        await expect.WaitForAsync([Expect.EndOfOutput]).Watched();
    }

    [Fact(Timeout = 60_000)]
    public async Task WaitForEchoOff_NobodyThere_SaysSo()
    {
        await using Expect expect = Expect.Start(["true"]);
        await expect.WaitForAsync([Expect.EndOfOutput]).Watched();
        Pty pty = expect.Terminal!;

        Assert.Equal(Errno.EIO, (await Assert.ThrowsAsync<IOException>(() => Watchdog.Run(() => pty.WaitForEchoOff()))).HResult);
        Assert.Equal(Errno.EIO, (await Assert.ThrowsAsync<IOException>(() => pty.WaitForEchoOffAsync().Watched())).HResult);
        Assert.Equal(Errno.EIO, (await Assert.ThrowsAsync<IOException>(() => Watchdog.Run(() => expect.WaitForEchoOff()))).HResult);
        Assert.Equal(Errno.EIO, (await Assert.ThrowsAsync<IOException>(() => expect.SendPasswordAsync("secret").Watched())).HResult);
    }

    [Fact(Timeout = 60_000)]
    public async Task SendEndOfFile_WithoutInput_SaysSo()
    {
        using MemoryStream output = new(Encoding.ASCII.GetBytes("text"));
        await using Expect expect = new(output);
        Assert.Throws<InvalidOperationException>(expect.SendEndOfFile);
        await Assert.ThrowsAsync<InvalidOperationException>(() => expect.SendEndOfFileAsync());
    }
}
