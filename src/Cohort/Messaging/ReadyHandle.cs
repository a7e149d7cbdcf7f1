using System.Runtime.InteropServices;
using Cohort.Platform;
using Cohort.Synchronizing;
using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>
/// A descriptor that is readable while an end has something to receive, for selectors of others. It is this process's own: a
/// wait at the end's doorbell sets it, and each receive and poll looks whether it is still right. So it costs nothing unless
/// somebody asks for it, and may be readable for a message that another process has taken: who polls knows.
/// </summary>
internal sealed class ReadyHandle : IDisposable
{
    private readonly EventDescriptor _event = new();
    private readonly RingTransport _transport;
    private readonly Lock _gate = new();
    private bool _isWatching;
    private bool _isDisposed;

    /// <summary>The caller holds the transport.</summary>
    public ReadyHandle(RingTransport transport)
    {
        _transport = transport;
        Refresh();
    }

    public SafeHandle Descriptor => _event.Handle;

    /// <summary>After something was, or may have been, taken. The caller holds the transport.</summary>
    public void Refresh()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            // Reset before the look: what comes after the look finds the watch.
            _event.Reset();
            if (_transport.Has(RingNeed.Look, 0))
            {
                _event.Set();
            }
            else if (!_isWatching)
            {
                _isWatching = true;
                Task<bool> news = AsyncWaits.Run(new RingEndWait(_transport, RingNeed.Look, 0), Deadline.Never, CancellationToken.None);
                news.ContinueWith(
                    static (task, state) => ((ReadyHandle)state!).OnNews(task),
                    this,
                    CancellationToken.None,
                    TaskContinuationOptions.None,
                    TaskScheduler.Default);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _event.Dispose();
        }
    }

    private void OnNews(Task<bool> news)
    {
        // Whoever disposed the transport is no fault, and nobody else looks.
        _ = news.Exception;
        lock (_gate)
        {
            _isWatching = false;
            if (!_isDisposed)
            {
                _event.Set();
            }
        }
    }
}
