using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Subprocesses;

/// <summary>Feeds a command's standard input from memory or a stream, and closes it behind the last byte.</summary>
/// <remarks>
/// A command that does not read all of it is no fault: the rest is dropped, as a shell's pipe drops it. A source may go on with
/// a read that was cancelled, or never end it; nobody waits for that once the command is gone.
/// </remarks>
internal sealed class InputPump(SafeFileHandle pipe, ReadOnlyMemory<byte> content, Stream? source, int bufferSize) : IDisposable
{
    /// <summary>How long to wait at the end for a source that heeds cancellation, so that it is its owner's again.</summary>
    private static readonly TimeSpan s_stopTime = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource? _stop = source is null ? null : new CancellationTokenSource();
    private ReadOnlyMemory<byte> _rest = content;
    private byte[]? _buffer;

    /// <summary>A read of the source that a wait has begun. It outlives the wait, so that what it brings is not lost.</summary>
    private Task<int>? _fetch;

    public SafeFileHandle Pipe => pipe;

    public bool IsOpen { get; private set; } = true;

    /// <summary>What the source or the pipe threw.</summary>
    public Exception? Fault { get; private set; }

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
        int turn = 0;
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
                    await Turns.After(++turn);
                    cancellationToken.ThrowIfCancellationRequested();
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
        _stop?.Cancel();
    }

    /// <summary>Disposes and leaves the source to its owner, at once if that heeds cancellation.</summary>
    public async Task StopAsync()
    {
        Dispose();
        if (_fetch is { } fetch)
        {
            await ((Task)fetch).WaitAsync(s_stopTime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async ValueTask<bool> FetchAsync(CancellationToken cancellationToken)
    {
        if (source is null)
        {
            return false;
        }

        _buffer ??= new byte[bufferSize];
        _fetch ??= source.ReadAsync(_buffer, _stop!.Token).AsTask();
        await ((Task)_fetch).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_fetch.IsCompleted)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        Task<int> fetched = _fetch;
        _fetch = null;
        int count = await fetched.ConfigureAwait(false);
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
