using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Serializing;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Pools;

/// <summary>
/// A pool worker's life in small: a ring with two tasks and the word to go, all of which is there already, so that who reads it
/// neither waits nor is waited for. The parent makes it: to write tasks takes code that no worker has a use for.
/// </summary>
internal sealed class PoolRehearsal : IDisposable
{
    private readonly RingChannel _channel = RingChannel.Create(Environment.SystemPageSize * 4, Environment.SystemPageSize * 4);
    private readonly SharedPages _bells;

    /// <exception cref="IOException">There is no memory or no descriptor left.</exception>
    public PoolRehearsal()
    {
        try
        {
            _bells = PoolBells.Create();
            Fill(_channel.RequestSender());
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What travels to the worker, for <see cref="Run"/>.</summary>
    public List<SafeFileHandle> Handles => [_channel.Handle, _bells.Handle];

    /// <summary>Worker: lives it.</summary>
    /// <param name="ring">The first of <see cref="Handles"/>.</param>
    /// <param name="bellPages">The second.</param>
    public static void Run(SafeFileHandle ring, SafeFileHandle bellPages)
    {
        using RingChannel channel = RingChannel.Open(ring);
        using SharedPages bells = SharedPages.Open(bellPages);
        new PoolWorkerLoop(Workers.CurrentProcess.Name, channel, PoolBells.Host(bells), new SpinBudget(0)).Run(null, 0);
    }

    public void Dispose()
    {
        _channel.Dispose();
        _bells?.Dispose();
    }

    private static void Fill(RingSender requests)
    {
        PoolFunc<int, int> function = new(Same);
        WriterSource message = new(new PickleWriter());
        message.Writer.WriteInt32(1);
        message.Writer.WriteBytes(function.Encode().Definition);
        message.Prefix = (int)PoolFrames.Control.Define;
        requests.TrySend(message, 0);
        for (uint number = 1; number <= 2; number++)
        {
            message.Writer.Reset();
            message.Writer.WriteInt32(1);
            Pickle.Write(message.Writer, (int)number);
            message.Prefix = PoolFrames.FunctionWord(1, isTraced: false);
            requests.TrySend(message, number);
        }

        message.Writer.Reset();
        message.Prefix = (int)PoolFrames.Control.Exit;
        requests.TrySend(message, 0);
    }

    private static int Same(int x) => x;
}
