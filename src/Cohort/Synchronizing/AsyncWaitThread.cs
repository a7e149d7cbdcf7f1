using System.Runtime.InteropServices;
using Cohort.Platform;
using Cohort.Sharing;

namespace Cohort.Synchronizing;

/// <summary>A thread that sleeps for many asynchronous waits at once, as far as one system call takes them.</summary>
internal sealed unsafe class AsyncWaitThread
{
    private const int MaxWaits = AddressWaiter.MaxTargets - Others;

    /// <summary>What it sleeps on besides the waits' own words.</summary>
    private const int Others = 3;

    private readonly Lock _gate = new();
    private readonly List<AsyncWait> _incoming = [];

    /// <summary>Changes when there is something to look at besides the waits' own words. Never freed, as the thread never ends.</summary>
    private readonly int* _news = (int*)NativeMemory.AllocZeroed(64);

    /// <summary>The thread's own.</summary>
    private readonly List<AsyncWait> _waits = [];
    private int _count;

    public AsyncWaitThread() =>
        new Thread(Run, 256 * 1024) { IsBackground = true, Name = "Cohort async waits" }.UnsafeStart();

    public bool HasRoom => Volatile.Read(ref _count) < MaxWaits;

    public void Add(AsyncWait wait)
    {
        Interlocked.Increment(ref _count);

        // First, as the thread may end the wait, and the registration with it, as soon as it can see it.
        wait.PokeWhenCancelled(this);
        lock (_gate)
        {
            _incoming.Add(wait);
        }

        Poke();
    }

    public void Poke()
    {
        Interlocked.Increment(ref *_news);
        AddressWaiter.Instance.Wake(ref *_news, 1);
    }

    private void Run()
    {
        WaitTarget* targets = stackalloc WaitTarget[AddressWaiter.MaxTargets];
        WaitTarget deaths = DeathBell.Target;
        while (true)
        {
            // Read before looking, so that what comes after the look keeps the thread from sleeping.
            int news = Volatile.Read(ref *_news);
            targets[1] = DisposalBell.Target;
            bool hasDeath = deaths.HasChanged;
            targets[2] = deaths = DeathBell.Target;
            lock (_gate)
            {
                _waits.AddRange(_incoming);
                _incoming.Clear();
            }

            // One wake-up may have been meant for any of those that sleep on the same word.
            int ended = _waits.RemoveAll(wait => wait.Advance(hasDeath));
            Interlocked.Add(ref _count, -ended);

            int timeout = -1;
            targets[0] = new WaitTarget(_news, news);
            for (int i = 0; i < _waits.Count; i++)
            {
                targets[i + Others] = _waits[i].Target;
                int look = _waits[i].MillisecondsToLook;
                timeout = timeout < 0 ? look : Math.Min(timeout, look);
            }

            AddressWaiter.Instance.WaitAny(new ReadOnlySpan<WaitTarget>(targets, _waits.Count + Others), timeout);
        }
    }
}
