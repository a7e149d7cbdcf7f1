using System.Buffers;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Subprocesses;

/// <summary>Moves what a command writes from its pipe to a sink, by steps or asynchronously, but one at a time.</summary>
/// <remarks>
/// A wait that is cancelled loses nothing: only the wait for data can be cancelled, never the way from the pipe to the sink.
/// </remarks>
internal sealed class OutputPump(SafeFileHandle pipe, OutputSink sink, int bufferSize) : IDisposable
{
    private byte[]? _buffer;

    public SafeFileHandle Pipe => pipe;

    /// <summary>Whether more may come.</summary>
    public bool IsOpen { get; private set; } = true;

    /// <summary>Whether somebody still held the pipe open when we stopped reading.</summary>
    public bool IsCut { get; private set; }

    /// <summary>What the sink or the pipe threw.</summary>
    public Exception? Fault { get; private set; }

    private byte[] Buffer => _buffer ??= ArrayPool<byte>.Shared.Rent(bufferSize);

    /// <summary>Moves what is there; returns how much, 0 at the end, and null when there is nothing yet.</summary>
    public int? Step()
    {
        try
        {
            int? count = Descriptors.TryRead(pipe, Buffer.AsSpan(0, bufferSize));
            switch (count)
            {
                case null:
                    break;
                case 0:
                    Close();
                    sink.Complete();
                    break;
                default:
                    sink.Write(Buffer.AsSpan(0, count.Value));
                    break;
            }

            return count;
        }
        catch (Exception e)
        {
            Fail(e);
            return 0;
        }
    }

    /// <summary>Moves all until the end, a fault or the token; throws nothing.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (IsOpen)
            {
                int? count = Descriptors.TryRead(pipe, Buffer.AsSpan(0, bufferSize));
                if (count is null)
                {
                    await Readiness.WaitAsync(pipe, forWriting: false, cancellationToken).ConfigureAwait(false);
                }
                else if (count == 0)
                {
                    Close();
                    await sink.CompleteAsync().ConfigureAwait(false);
                }
                else
                {
                    await sink.WriteAsync(Buffer.AsMemory(0, count.Value)).ConfigureAwait(false);
                    if (cancellationToken.IsCancellationRequested)
                    {
                        return;
                    }
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // A later call goes on from here.
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    /// <summary>Reads what the pipe holds by now, and nothing that is written later than that, then stops for good.</summary>
    public void Cut()
    {
        if (!IsOpen)
        {
            return;
        }

        // A writer that never rests must not keep us: no more than the pipe can hold was there before.
        for (long rest = Pipes.SizeOf(pipe); rest > 0 && IsOpen && Step() is int count and > 0; rest -= count)
        {
        }

        if (IsOpen)
        {
            IsCut = true;
            Close();
            try
            {
                sink.Complete();
            }
            catch (Exception e)
            {
                Fault = e;
            }
        }
    }

    public void Dispose() => Close();

    /// <summary>The command meets a broken pipe from now on, instead of one that nobody empties.</summary>
    private void Fail(Exception fault)
    {
        Fault = fault;
        Close();
    }

    private void Close()
    {
        IsOpen = false;
        pipe.Dispose();
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
