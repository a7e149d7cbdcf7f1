using Cohort.Platform;

namespace Cohort.Messaging;

// Overview
//
// One side of a channel (or one dispatcher that serves many channels) sleeps on one futex, whatever it waits for. The
// others ring after they published something. Two words, on a cache line of their own:
//
//      +0  sequence   the futex; every ring that finds a sleeper increments it
//      +4  wanted     what the sleeper waits for (Want bits), 0 while it is awake
//
// The sleeper: read sequence, store wanted, full fence, look once more, futex-wait for sequence to change.
// The ringer:  publish, full fence, read wanted; only when a bit matches: take wanted (exchange with 0), and whoever
// took it increments the sequence and wakes. So an awake peer costs the ringer one load, and a sleeping one a system
// call by exactly one ringer. The two fences make it impossible that the sleeper misses the publication while the
// ringer misses the sleeper (Dekker's argument).
//
// A ringer that is killed between taking "wanted" and waking leaves a sleeper whom nobody rings for any more. So news of
// a death is brought by Wake, which looks at no flag.

/// <summary>What a sleeper at a <see cref="Doorbell"/> wants to be woken for.</summary>
[Flags]
internal enum Want
{
    /// <summary>Nothing: nobody sleeps here.</summary>
    Nothing = 0,

    /// <summary>New frames to read.</summary>
    Data = 1,

    /// <summary>Room to write.</summary>
    Space = 2,

    /// <summary>Whatever <see cref="Doorbell.Ring"/> brings with this bit: every sleeper wants it.</summary>
    Attention = 4,
}

/// <summary>A sleeping place in shared memory: see the overview at the top of this file.</summary>
internal readonly unsafe struct Doorbell
{
    /// <summary>The bytes that one doorbell takes: a cache line, so that it shares none.</summary>
    public const int Size = 64;

    private readonly int* _words;

    public Doorbell(byte* address) => _words = (int*)address;

    /// <summary>What <see cref="Sleep"/> takes from a side that does not announce itself.</summary>
    public int Ticket => Volatile.Read(ref Sequence);

    /// <summary>Whether somebody has announced a sleep that nobody has answered.</summary>
    public bool IsAwaited => Volatile.Read(ref Wanted) != 0;

    private ref int Sequence => ref _words[0];

    private ref int Wanted => ref _words[1];

    /// <summary>Wakes the sleeper if it waits for any of <paramref name="news"/>. The caller has published before.</summary>
    public void Ring(Want news)
    {
        Interlocked.MemoryBarrier();
        if ((Volatile.Read(ref Wanted) & (int)news) != 0 && Interlocked.Exchange(ref Wanted, 0) != 0)
        {
            Interlocked.Increment(ref Sequence);
            AddressWaiter.Instance.Wake(ref Sequence, int.MaxValue);
        }
    }

    /// <summary>Wakes the sleeper whatever it waits for, even if it did not announce itself.</summary>
    public void Wake()
    {
        Interlocked.Exchange(ref Wanted, 0);
        Interlocked.Increment(ref Sequence);
        AddressWaiter.Instance.Wake(ref Sequence, int.MaxValue);
    }

    /// <summary>First half of going to sleep: says what is wanted. The caller then looks once more before it sleeps.</summary>
    public int Announce(Want wanted)
    {
        int ticket = Volatile.Read(ref Sequence);
        Volatile.Write(ref Wanted, (int)(wanted | Want.Attention));
        Interlocked.MemoryBarrier();
        return ticket;
    }

    /// <summary>
    /// As <see cref="Announce"/>, where several sleep here: what others want stays wanted, whoever rings wakes all, and who
    /// still waits announces itself anew. There is no taking back: the worst is one wake-up for nobody.
    /// </summary>
    public WaitTarget AnnounceBesideOthers(Want wanted)
    {
        int ticket = Volatile.Read(ref Sequence);

        // It is the full fence too.
        Interlocked.Or(ref Wanted, (int)(wanted | Want.Attention));
        return new WaitTarget(_words, ticket);
    }

    /// <summary>Takes the announcement back: the second look found something.</summary>
    public void Withdraw() => Volatile.Write(ref Wanted, 0);

    /// <summary>Blocks until rung or until the time has passed; true when rung (or for no reason: look again).</summary>
    public bool Sleep(int ticket, int timeoutMilliseconds)
    {
        bool woken = AddressWaiter.Instance.Wait(ref Sequence, ticket, timeoutMilliseconds);
        Volatile.Write(ref Wanted, 0);
        return woken;
    }
}
