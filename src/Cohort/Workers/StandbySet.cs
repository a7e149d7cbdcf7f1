using Microsoft.Win32.SafeHandles;

namespace Cohort.Workers;

/// <summary>Workers that are started already and wait for their start message: see <see cref="WorkerContext.Warm"/>.</summary>
/// <remarks>
/// The set is refilled in the background once no worker was taken for a moment, so that a burst of starts is not
/// slowed down by the refill that it causes; only an empty set refills at once.
/// </remarks>
internal sealed class StandbySet
{
    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly Queue<WorkerHandle> _idle = new();
    private int _target;
    private bool _refilling;
    private Task _refill = Task.CompletedTask;
    private long _lastTaken;

    /// <summary>How many workers wait now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _idle.Count;
            }
        }
    }

    /// <summary>A waiting worker, or a new one when none waits.</summary>
    /// <param name="outputs">Where a new one prints; null for where this process does.</param>
    public WorkerHandle Take(SafeFileHandle[]? outputs = null)
    {
        WorkerHandle? taken = null;
        lock (_gate)
        {
            _lastTaken = Environment.TickCount64;
            while (taken is null && _idle.TryDequeue(out WorkerHandle? candidate))
            {
                if (candidate.Child.HasExited)
                {
                    candidate.Dispose();
                }
                else
                {
                    taken = candidate;
                }
            }
        }

        StartRefill();
        return taken ?? WorkerHandle.Launch(null, outputs: outputs);
    }

    /// <summary>Sets how many workers wait, and completes when they are started and ready to take a message.</summary>
    public async Task PrepareAsync(int count, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _target = count;
        }

        Trim();
        await Task.Run(() => Fill(cancellationToken), cancellationToken).ConfigureAwait(false);

        // A refill under way may be starting one more by the target before, which it then lets go.
        Task refill;
        lock (_gate)
        {
            refill = _refill;
        }

        await refill.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets go of those that are too many: a worker ends when its socket does.</summary>
    private void Trim()
    {
        while (TryTrim(out WorkerHandle? surplus))
        {
            surplus.Dispose();
        }
    }

    private bool TryTrim(out WorkerHandle surplus)
    {
        lock (_gate)
        {
            surplus = null!;
            return _idle.Count > _target && _idle.TryDequeue(out surplus!);
        }
    }

    private void Fill(CancellationToken cancellationToken)
    {
        while (NeedsMore())
        {
            cancellationToken.ThrowIfCancellationRequested();
            WorkerHandle worker = WorkerHandle.Launch(null, isStandby: true);
            try
            {
                WarmUp.Send(worker);
                worker.AwaitReady();
            }
            catch
            {
                worker.Kill();
                worker.Dispose();
                throw;
            }

            lock (_gate)
            {
                _idle.Enqueue(worker);
            }
        }

        // The target may have become lower meanwhile, or two fills have met.
        Trim();
    }

    private bool NeedsMore()
    {
        lock (_gate)
        {
            DropEnded();
            return _idle.Count < _target;
        }
    }

    /// <summary>A worker that was killed while it waited is no worker that waits.</summary>
    private void DropEnded()
    {
        for (int i = _idle.Count; i > 0; i--)
        {
            WorkerHandle worker = _idle.Dequeue();
            if (worker.Child.HasExited)
            {
                worker.Dispose();
            }
            else
            {
                _idle.Enqueue(worker);
            }
        }
    }

    private void StartRefill()
    {
        lock (_gate)
        {
            if (_refilling || _idle.Count >= _target)
            {
                return;
            }

            _refilling = true;
            _refill = Task.Run(RefillAsync);
        }
    }

    private async Task RefillAsync()
    {
        try
        {
            do
            {
                while (NeedsMore() && !IsQuiet())
                {
                    await Task.Delay(s_quiet).ConfigureAwait(false);
                }

                Fill(CancellationToken.None);
            }
            while (!TryEndRefill());
        }
        catch (Exception exception)
        {
            lock (_gate)
            {
                _refilling = false;
            }

            if (exception is not (IOException or TimeoutException or InvalidOperationException))
            {
                throw;
            }

            // The next start launches a worker of its own and meets the error where somebody can handle it.
            WorkerLog.Note(WorkerLog.SubWarning, $"the standby set could not be refilled: {exception.Message}");
        }
    }

    /// <summary>False when a worker was taken after the last look, by a start that left the refill to this one.</summary>
    private bool TryEndRefill()
    {
        lock (_gate)
        {
            _refilling = _idle.Count < _target;
            return !_refilling;
        }
    }

    private bool IsQuiet()
    {
        lock (_gate)
        {
            return _idle.Count == 0 || Environment.TickCount64 - _lastTaken > s_quiet.TotalMilliseconds;
        }
    }
}
