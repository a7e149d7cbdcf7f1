using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Subprocesses;

/// <summary>Feeds a command's standard input from memory or a stream, and closes it behind the last byte.</summary>
/// <remarks>A command that does not read all of it is no fault: the rest is dropped, as a shell's pipe drops it.</remarks>
internal sealed class InputPump(SafeFileHandle pipe, ReadOnlyMemory<byte> content, Stream? source, int bufferSize) : IDisposable
{
    private ReadOnlyMemory<byte> _rest = content;
    private byte[]? _buffer;

    public SafeFileHandle Pipe => pipe;

    public bool IsOpen { get; private set; } = true;

    /// <summary>What the source or the pipe threw.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Whether it has to wait for a stream, which blocks, or is awaited, in its own way.</summary>
    public bool HasSource => source is not null;

    /// <summary>Writes what fits; only without a source.</summary>
    public void Step()
    {
        try
        {
            while (IsOpen && _rest.Length > 0)
            {
                int count = Descriptors.TryWrite(pipe, _rest.Span);
                if (count == 0)
                {
                    return;
                }

                Advance(count);
            }

            Dispose();
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    /// <summary>Writes all until the end, a fault or the token; throws nothing.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (IsOpen)
            {
                if (_rest.Length == 0 && !await FetchAsync(cancellationToken).ConfigureAwait(false))
                {
                    Dispose();
                    return;
                }

                int count = Descriptors.TryWrite(pipe, _rest.Span);
                if (count == 0)
                {
                    await Readiness.WaitAsync(pipe, forWriting: true, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    Advance(count);
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

    public void Dispose()
    {
        IsOpen = false;
        pipe.Dispose();
    }

    private async ValueTask<bool> FetchAsync(CancellationToken cancellationToken)
    {
        if (source is null)
        {
            return false;
        }

        _buffer ??= new byte[bufferSize];
        int count = await source.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
        _rest = _buffer.AsMemory(0, count);
        return count > 0;
    }

    /// <param name="count">-1 when nobody reads any more.</param>
    private void Advance(int count)
    {
        if (count < 0)
        {
            Dispose();
        }
        else
        {
            _rest = _rest[count..];
        }
    }

    private void Fail(Exception fault)
    {
        Fault = fault;
        Dispose();
    }
}
