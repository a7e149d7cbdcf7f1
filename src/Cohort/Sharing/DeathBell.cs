using System.Runtime.InteropServices;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Sharing;

// Overview
//
// Whoever is killed may take a wake-up along that somebody sleeps for. To look around every second or two makes up for that,
// and keeps idle processes busy. So the processes of one family, a program with its workers and theirs, share a page:
//
//      +0    how many have ended: the futex
//      +64   a random number that names the family
//
// A parent rings when it has seen a worker's end, before it reaps it. What the dead one wrote is visible by then, so who sleeps
// on this word besides its own, and read it before it looked, misses nothing. It rings once more a second later: workers of
// the dead worker end themselves when they see that it is gone, and have nobody left who would tell.
//
// An object says of which family its processes are (FamilyMark): where one of another family takes it up, or the
// page could not be had, nobody tells of all deaths, and who waits there looks around as before.

/// <summary>Tells the processes of one family of each other's ends: see the overview at the top of this file.</summary>
internal static unsafe class DeathBell
{
    private const int FamilyOffset = 64;

    /// <summary>Milliseconds after which those are gone who ended because of an end.</summary>
    private const int LateRing = 1_000;

    private static readonly Lock s_gate = new();

    /// <summary>Where to sleep if there is no page. Never rung and never freed.</summary>
    private static readonly int* s_silent = (int*)NativeMemory.AllocZeroed(64);

    /// <summary>Never unmapped, as somebody may always sleep here.</summary>
    private static SharedPages? s_pages;
    private static SafeFileHandle? s_inherited;
    private static Timer? s_lateRing;

    /// <summary>Where to sleep besides the word of what is waited for. To be read before looking.</summary>
    public static WaitTarget Target
    {
        get
        {
            int* word = Volatile.Read(ref s_pages) is { } pages ? (int*)pages.Address : s_silent;
            return new WaitTarget(word, Volatile.Read(ref *word));
        }
    }

    /// <summary>The family's number; 0 if there is no page to tell each other anything. It is made at the first call.</summary>
    public static ulong Family => Pages is { } pages ? *(ulong*)(pages.Address + FamilyOffset) : 0;

    /// <summary>The page, for a worker to be; null if there is none.</summary>
    public static SafeFileHandle? Handle => Pages?.Handle;

    private static SharedPages? Pages => Volatile.Read(ref s_pages) ?? TryOpen();

    /// <summary>Worker: the page of the family that it was born into, mapped when it is needed first.</summary>
    /// <param name="handle">Owned from here on.</param>
    public static void Inherit(SafeFileHandle handle)
    {
        Descriptors.CloseOnExec(handle);
        s_inherited = handle;
    }

    /// <summary>Wakes all long sleepers of the family, who look around. Now, and for those who end later because of this end again.</summary>
    public static void NoteDeath()
    {
        Ring();
        lock (s_gate)
        {
            // After the last of several ends that follow each other closely: each of them rings anyway.
            s_lateRing ??= new Timer(static _ => Ring());
            s_lateRing.Change(LateRing, Timeout.Infinite);
        }
    }

    /// <summary>Wakes all long sleepers of the family.</summary>
    public static void Ring()
    {
        if (Pages is { } pages)
        {
            ref int word = ref *(int*)pages.Address;
            Interlocked.Increment(ref word);
            AddressWaiter.Instance.Wake(ref word, int.MaxValue);
        }
    }

    private static SharedPages? TryOpen()
    {
        lock (s_gate)
        {
            try
            {
                return s_pages ?? Publish(s_inherited is { } inherited ? SharedPages.Open(inherited) : Create());
            }
            catch (Exception fault) when (fault is IOException or InvalidDataException or OutOfMemoryException)
            {
                // No descriptor or memory is left just now: the next one may have more luck.
                return null;
            }
        }
    }

    private static SharedPages Publish(SharedPages pages)
    {
        Volatile.Write(ref s_pages, pages);
        return pages;
    }

    private static SharedPages Create()
    {
        SharedPages pages = SharedPages.Create("cohort-family", SharedPages.PageSize);
        *(ulong*)(pages.Address + FamilyOffset) = BitConverter.ToUInt64(OwnProcess.GetRandomBytes(sizeof(ulong))) | 1;
        return pages;
    }
}
