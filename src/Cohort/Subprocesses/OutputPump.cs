using System.Buffers;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Subprocesses;

/// <summary>Moves what a command writes from its pipe to a sink, by steps or asynchronously, but one at a time.</summary>
/// <remarks>
/// A wait that is cancelled loses nothing: what is on its way to the sink goes on alone, and a later call waits for that first.
/// Only <see cref="Abandon"/> and <see cref="Dispose"/> give up a sink that does not take what it is given.
/// </remarks>
internal sealed class OutputPump(SafeFileHandle pipe, OutputSink sink, int bufferSize) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private byte[]? _buffer;

    /// <summary>What the sink was given and has not taken yet.</summary>
    private Task? _handingOn;

    public SafeFileHandle Pipe => pipe;

    /// <summary>Whether more may come.</summary>
    public bool IsOpen { get; private set; } = true;

    /// <summary>Whether nothing more comes, and the sink has taken all.</summary>
    public bool IsDone => !IsOpen && _handingOn is not { IsCompleted: false };

    /// <summary>Whether somebody still held the pipe open, or the sink did not take all, when we stopped.</summary>
    public bool IsCut { get; private set; }

    /// <summary>What the sink or the pipe threw.</summary>
    public Exception? Fault { get; private set; }

    private byte[] Buffer => _buffer ??= ArrayPool<byte>.Shared.Rent(bufferSize);

    /// <summary>Moves what is there; returns how much, 0 at the end, and null when there is nothing yet.</summary>
    public int? Step()
    {
        try
        {
            int? count = Read();
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

    /// <summary>Moves all until the end, a fault or a token; throws nothing.</summary>
    /// <param name="reading">Ends the wait for data.</param>
    /// <param name="handingOn">Ends the wait for the sink.</param>
    public async Task RunAsync(CancellationToken reading, CancellationToken handingOn)
    {
        int turn = 0;
        try
        {
            while (await HasHandedOnAsync(handingOn).ConfigureAwait(false) && IsOpen && !reading.IsCancellationRequested)
            {
                if (Read() is int count)
                {
                    HandOn(count);
                    await Turns.After(++turn);
                }
                else if (!await HasMoreAsync(reading).ConfigureAwait(false))
                {
                    return;
                }
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    /// <summary>Reads what the pipe holds by now, and nothing that is written later than that, then stops for good.</summary>
    public void Cut()
    {
        // A writer that never rests must not keep us: no more than the pipe can hold was there before. Then once more, as the
        // end may be all that is left.
        for (long rest = Rest(); rest >= 0 && IsOpen && Step() is int count; rest -= count)
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

    /// <inheritdoc cref="Cut"/>
    /// <param name="handingOn">Ends the wait for the sink: it has not stopped then.</param>
    public async Task CutAsync(CancellationToken handingOn)
    {
        try
        {
            long rest = Rest();
            while (await HasHandedOnAsync(handingOn).ConfigureAwait(false) && IsOpen)
            {
                if (rest >= 0 && Read() is int count)
                {
                    rest -= count;
                    HandOn(count);
                }
                else
                {
                    IsCut = true;
                    HandOn(0);
                }
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    /// <summary>Stops for good, whatever is left, unless it has stopped already.</summary>
    public void Abandon()
    {
        if (IsOpen || _handingOn is { IsCompleted: false })
        {
            IsCut = true;
            Dispose();
            _handingOn = null;
        }
    }

    public void Dispose()
    {
        Close();
        _stop.Cancel();
    }

    private long Rest() => IsOpen ? Pipes.SizeOf(pipe) : 0;

    private int? Read() => Descriptors.TryRead(pipe, Buffer.AsSpan(0, bufferSize));

    /// <summary>Gives the sink what was read; 0 is the end.</summary>
    private void HandOn(int count)
    {
        if (count == 0)
        {
            Close();
        }

        ValueTask taken = count == 0 ? sink.CompleteAsync(_stop.Token) : sink.WriteAsync(Buffer.AsMemory(0, count), _stop.Token);
        if (taken.IsCompleted)
        {
            taken.GetAwaiter().GetResult();
        }
        else
        {
            _handingOn = taken.AsTask();
        }
    }

    /// <summary>False when the token ended the wait.</summary>
    private async ValueTask<bool> HasHandedOnAsync(CancellationToken handingOn)
    {
        if (_handingOn is { } taken)
        {
            await taken.WaitAsync(handingOn).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!taken.IsCompleted)
            {
                return false;
            }

            _handingOn = null;
            await taken.ConfigureAwait(false);
        }

        return true;
    }

    private async ValueTask<bool> HasMoreAsync(CancellationToken reading)
    {
        try
        {
            await Readiness.WaitAsync(pipe, forWriting: false, reading).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

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

        // A sink that still writes keeps the buffer.
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer && _handingOn is not { IsCompleted: false })
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
