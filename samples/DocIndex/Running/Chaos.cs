using System.ComponentModel;
using System.Diagnostics;

namespace Cohort.Samples.DocIndex.Running;

/// <summary>Kills a random worker of a pool every 200 ms, until it is disposed.</summary>
internal sealed class Chaos : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200);

    private readonly ProcessPool _pool;
    private readonly Timer _timer;
    private int _kills;

    public Chaos(ProcessPool pool)
    {
        _pool = pool;
        _timer = new Timer(_ => KillOne(), null, s_interval, s_interval);
    }

    public int Kills => Volatile.Read(ref _kills);

    public void Dispose()
    {
        // A kill that is under way must not hit a process that only got the number of a worker that is gone.
        using ManualResetEvent ended = new(false);
        if (_timer.Dispose(ended))
        {
            ended.WaitOne();
        }
    }

    private void KillOne()
    {
        IReadOnlyList<int> workers = _pool.WorkerProcessIds;
        if (workers.Count == 0)
        {
            return;
        }

        try
        {
            using Process victim = Process.GetProcessById(workers[Random.Shared.Next(workers.Count)]);
            victim.Kill();
            Interlocked.Increment(ref _kills);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It was gone already: no kill to count.
            Debug.WriteLine(e.Message);
        }
    }
}
