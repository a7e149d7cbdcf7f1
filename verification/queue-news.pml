/*
 * The bell of a queue: news for one sleeper, news for all of them, and sleepers who leave.
 *
 * Modelled: a producer that puts two items, rings for each, and then completes the queue, which is told to all, or does not;
 * two consumers that take items until the end; one of them may leave after any of its sleeps, as one whose wait is cancelled
 * between its wake-up and the lock does, or one whose time is over. Announcing a sleep, the second look, ringing, passing on.
 *
 * Abstracted: items are a number, taken in one step, as that happens under a lock (queue.pml has it in full); nobody dies
 * (queue.pml has that as well). Room and its producers are the same with the parts exchanged.
 *
 * Properties: nobody sleeps for ever beside an item, or after the end.
 *
 * Mutants: QUIET_END, KEEPS_NEWS, NO_SECOND_LOOK.
 */
#undef DEATHS
#define DEATHS 0
#define PROCESSES 3
#define SPURIOUS 1
#define ITEMS 2

byte items;
bool completed;
bool wanted;
byte sequence;

#define dies(p) skip

#include "kernel.inc"

inline wake_one()
{
    atomic { isAwaited = wanted; wanted = false };
    if
    :: isAwaited ->
        sequence++;
        atomic { wakes = 1; futex_wake(wakes); isAwaited = false }
    :: else
    fi
}

inline wake_all()
{
#ifdef QUIET_END
    atomic { isAwaited = wanted; wanted = false };
#else
    atomic { isAwaited = true; wanted = false };
#endif
    if
    :: isAwaited ->
        sequence++;
        atomic { wakes = PROCESSES; futex_wake(wakes); isAwaited = false }
    :: else
    fi
}

proctype Producer(byte me)
{
    byte wakes, puts;
    bool isAwaited;
    {
        do
        :: puts < ITEMS ->
            atomic { items++; puts++ };
            wake_one()
        :: else -> break
        od;
        if
        :: completed = true; wake_all()
        :: true
        fi;
        done[me] = true
    } unless { dead[me] }
}

proctype Consumer(byte me; bool mayLeave)
{
    byte wakes, seen;
    bool isAwaited, isTaken;
    {
        isTaken = false;
again:  atomic {
            if
            :: items > 0 -> items--; isTaken = true
            :: items == 0 && completed -> goto end
            :: else -> isTaken = false
            fi
        };
        if
        :: wanted && items > 0 -> wake_one()
        :: else
        fi;
        if
        :: isTaken -> isTaken = false; goto again
        :: else
        fi;
        seen = sequence;
        wanted = true;
#ifndef NO_SECOND_LOOK
        if
        :: items > 0 || completed -> seen = 0; goto again
        :: else
        fi;
#endif
        atomic {
            if
            :: sequence == seen -> asleep[me] = true; seen = 0
            :: else -> seen = 0; goto again
            fi
        };
        if
        :: !asleep[me]
        :: SLICE(me, false)
        /* Nothing moves any more, there is no item, and the end was not told. */
        :: atomic { asleep[me] && items == 0 && !completed && timeout -> asleep[me] = false; goto end }
        fi;
        /* Whoever woke this one has taken the word of all that sleep. */
        wanted = true;
        if
        :: mayLeave ->
#ifndef KEEPS_NEWS
            wanted = true;
            wake_one();
#endif
            goto end
        :: goto again
        fi;
end:    atomic { isTaken = false; done[me] = true }
    } unless { dead[me] }
}

init
{
    atomic { run Producer(1); run Consumer(2, true); run Consumer(3, false) };
    done[1] && done[2] && done[3] -> assert(items == 0)
}
