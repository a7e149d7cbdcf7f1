using System.Runtime.InteropServices;
using System.Text;
using Cohort.Interop;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Subprocesses;

internal sealed class NullSink : OutputSink
{
    public override void Write(ReadOnlySpan<byte> data)
    {
    }
}

/// <param name="stream">The caller's.</param>
/// <param name="gate">Who else writes to it waits here.</param>
internal sealed class StreamSink(Stream stream, SemaphoreSlim gate) : OutputSink
{
    public override void Write(ReadOnlySpan<byte> data)
    {
        gate.Wait();
        try
        {
            stream.Write(data);
        }
        finally
        {
            gate.Release();
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await stream.WriteAsync(data, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    public override void Complete()
    {
        gate.Wait();
        try
        {
            stream.Flush();
        }
        finally
        {
            gate.Release();
        }
    }

    public override async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }
}

internal sealed class LineSink(Encoding encoding, Action<string> receiver) : OutputSink
{
    private readonly LineSplitter _lines = new(encoding);

    public override void Write(ReadOnlySpan<byte> data)
    {
        _lines.Add(data);
        HandOn();
    }

    public override void Complete()
    {
        _lines.Complete();
        HandOn();
    }

    private void HandOn()
    {
        while (_lines.TryTake(out string? line))
        {
            receiver(line);
        }
    }
}

/// <summary>An open descriptor, which is closed at the end if it is ours.</summary>
internal sealed class DescriptorSink(SafeHandle handle, bool isOwned) : OutputSink
{
    public override void Write(ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            int count = Descriptors.TryWrite(handle, data);
            switch (count)
            {
                case > 0:
                    data = data[count..];
                    break;
                case 0:
                    // Somebody made it non-blocking.
                    Descriptors.WaitFor(handle, Libc.POLLOUT, Timeout.Infinite);
                    break;
                default:
                    throw OsError.ToException(Errno.EPIPE, "cannot hand on the output of a command");
            }
        }
    }

    /// <summary>
    /// On another thread: nothing ends a write to a pipe that nobody empties, or a terminal that stands still, but the call that
    /// waits for it can be ended.
    /// </summary>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        new(Task.Run(() => Write(data.Span), CancellationToken.None));

    public override void Complete()
    {
        if (isOwned)
        {
            handle.Dispose();
        }
    }
}

internal sealed class TeeSink(OutputSink[] sinks) : OutputSink
{
    public override void Write(ReadOnlySpan<byte> data)
    {
        foreach (OutputSink sink in sinks)
        {
            sink.Write(data);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        foreach (OutputSink sink in sinks)
        {
            await sink.WriteAsync(data, cancellationToken).ConfigureAwait(false);
        }
    }

    public override void Complete()
    {
        foreach (OutputSink sink in sinks)
        {
            sink.Complete();
        }
    }

    public override async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        foreach (OutputSink sink in sinks)
        {
            await sink.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
