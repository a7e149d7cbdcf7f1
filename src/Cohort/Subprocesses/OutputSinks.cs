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

internal sealed class StreamSink(Stream stream) : OutputSink
{
    public override void Write(ReadOnlySpan<byte> data) => stream.Write(data);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => stream.WriteAsync(data, cancellationToken);

    public override void Complete() => stream.Flush();

    public override async ValueTask CompleteAsync(CancellationToken cancellationToken) => await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
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
