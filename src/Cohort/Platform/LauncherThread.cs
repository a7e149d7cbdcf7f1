using System.Runtime.ExceptionServices;

namespace Cohort.Platform;

/// <summary>One thread that lives as long as the process and runs what others hand to it, one by one.</summary>
internal sealed class LauncherThread
{
    private readonly Lock _startGate = new();
    private readonly Queue<Job> _jobs = new();
    private readonly SemaphoreSlim _available = new(0);
    private readonly string _name;
    private Thread? _thread;

    public LauncherThread(string name)
    {
        _name = name;
    }

    /// <summary>Runs the function on the thread and blocks until it has returned or thrown.</summary>
    public T Run<T>(Func<T> function)
    {
        T result = default!;
        using Job job = new(() => result = function());
        lock (_startGate)
        {
            // Lazily, and started before the job is queued: a thread that cannot start fails this call alone.
            _thread ??= Start();
            _jobs.Enqueue(job);
        }

        _available.Release();
        job.Wait();
        return result;
    }

    private Thread Start()
    {
        Thread thread = new(Loop) { IsBackground = true, Name = _name };
        Threads.Start(thread);
        return thread;
    }

    private void Loop()
    {
        while (true)
        {
            _available.Wait();
            Job job;
            lock (_startGate)
            {
                job = _jobs.Dequeue();
            }

            job.Run();
        }
    }

    private sealed class Job(Action action) : IDisposable
    {
        private readonly ManualResetEventSlim _done = new();
        private ExceptionDispatchInfo? _fault;

        public void Run()
        {
            try
            {
                action();
            }
            catch (Exception e)
            {
                _fault = ExceptionDispatchInfo.Capture(e);
            }

            _done.Set();
        }

        public void Wait()
        {
            _done.Wait();
            _fault?.Throw();
        }

        public void Dispose() => _done.Dispose();
    }
}
