using Cohort.Utils;

namespace Cohort.Subprocesses;

/// <summary>
/// Reads a stream for an <see cref="Expect"/>. A read that a wait has begun outlives the wait, so that neither a timeout nor a
/// cancelled token can lose what it brings.
/// </summary>
internal sealed class ExpectSource(Stream stream, ExpectBuffer buffer, Action<string>? onRead)
{
    private const int ReadSize = 64 * 1024;

    private readonly byte[] _bytes = new byte[ReadSize];
    private CancellationTokenSource? _stop;
    private Task<int>? _read;

    public bool IsEnded { get; private set; }

    /// <summary>The read that is under way.</summary>
    public Task Reading => Begin();

    /// <summary>Waits for more, or the end.</summary>
    /// <returns>False when the time is over.</returns>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public bool Fill(Deadline deadline)
    {
        Task read = Begin();
        if (!read.IsCompleted && Task.WaitAny([read], deadline.RemainingMilliseconds) < 0)
        {
            return false;
        }

        TakeIn();
        return true;
    }

    /// <inheritdoc cref="Fill"/>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<bool> FillAsync(Deadline deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task read = Begin();
        if (!read.IsCompleted)
        {
            await read.WaitAsync(deadline.Step(), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!read.IsCompleted)
            {
                cancellationToken.ThrowIfCancellationRequested();
                return false;
            }
        }

        TakeIn();
        return true;
    }

    /// <summary>Puts what a completed read has brought into the buffer.</summary>
    public void TakeIn()
    {
        int count;
        try
        {
            count = _read!.GetAwaiter().GetResult();
        }
        finally
        {
            _read = null;
        }

        IsEnded = count == 0;
        ReadOnlySpan<char> added = buffer.Append(_bytes.AsSpan(0, count), IsEnded);
        if (onRead is not null && added.Length > 0)
        {
            onRead(added.ToString());
        }
    }

    /// <summary>Leaves the stream to somebody else. What was read already goes to the buffer.</summary>
    /// <param name="longest">How long to wait for a stream that does not heed cancellation.</param>
    /// <exception cref="TimeoutException">It does not, and what it reads next would be lost to others.</exception>
    public async Task StopAsync(TimeSpan longest)
    {
        if (_read is null)
        {
            return;
        }

        await _stop!.CancelAsync().ConfigureAwait(false);
        await ((Task)_read).WaitAsync(longest).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_read.IsCompleted)
        {
            throw new TimeoutException("The stream goes on reading although it was cancelled.");
        }

        if (_read.IsCompletedSuccessfully)
        {
            TakeIn();
        }

        _read = null;
        _stop.Dispose();
        _stop = null;
    }

    private Task<int> Begin()
    {
        _stop ??= new CancellationTokenSource();
        return _read ??= stream.ReadAsync(_bytes, _stop.Token).AsTask();
    }
}
