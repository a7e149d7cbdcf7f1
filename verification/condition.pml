/*
 * The condition in shared memory: a table with an entry for each waiter, which holds its owner, its ticket and its state
 * (free, waiting, notified). The state is the futex at which the waiter sleeps. All but the sleep is done with the lock
 * held. Notify marks the oldest waiting entries whose owners live. condition-permits.pml has the simpler scheme that
 * counts instead, and what is wrong with it.
 *
 * Modelled: waiting (one of the waiters waits twice), notifying one (twice) or all, giving up at any step of a wait, death
 * at any step; a waiter that finds, after a slice, the notification of a process that died before it could return takes it.
 * Abstracted: the lock, which is one step to take (lock.pml has it; its "abandoned" needs no repair here, since each store
 * leaves a table that is in order).
 *
 * Properties:
 *  - notify(n) reaches n waiters or all living ones, and only such as waited before it;
 *  - who is notified and lives returns notified, also when it was giving up; while nobody has died, as many return
 *    notified as were notified;
 *  - at the end no living waiter sleeps that has been notified, or that could have the notification of a dead one.
 *
 * Mutants: BLIND_SLEEP, NO_WAKE, BLIND_GIVING_UP (these need no death); NO_INHERITANCE, NO_SLICES.
 */
#if defined(BLIND_SLEEP) || defined(NO_WAKE) || defined(BLIND_GIVING_UP)
#define DEATHS 0
#elif !defined(DEATHS)
#define DEATHS 2
#endif
#define PROCESSES 3
#define SPURIOUS 1

#define NOTIFIER 3

byte owner;

mtype = { free, waiting, notified };
mtype state[PROCESSES] = free;

/* While waiting, when the wait began; when notified, when that was. */
byte ticket[PROCESSES];
byte next;

/* Ghosts. */
byte given, returned;

#define dies(p) skip

#include "kernel.inc"

#define OTHER(p) (3 - (p))
#define WAITS(p) (state[p] == waiting && !dead[p])
#define IS_OLDEST(p) (state[p] == waiting && (!WAITS(OTHER(p)) || ticket[p] < ticket[OTHER(p)]))

/* Whether the notification of the other one, who died, may go to this one. */
#define HEIR(p) (state[p] == waiting && dead[OTHER(p)] && state[OTHER(p)] == notified && ticket[p] < ticket[OTHER(p)])

#ifdef NO_SLICES
#define USEFUL false
#elif defined(NO_INHERITANCE)
#define USEFUL (state[me] != waiting)
#else
#define USEFUL (state[me] != waiting || HEIR(me))
#endif

inline lock()
{
    atomic { (owner == 0 || dead[owner]) -> owner = me }
}

proctype Waiter(byte me)
{
    byte rounds;
    {
        do
        :: rounds < (me == 1 -> 2 : 1) ->
            lock();
            atomic { rounds++; ticket[me] = next; next++ };
            state[me] = waiting;
            owner = 0;
            do
            :: break
            :: state[me] == notified -> break
            :: state[me] != notified ->
#ifdef BLIND_SLEEP
                asleep[me] = true;
#else
                atomic { asleep[me] = (state[me] == waiting) };
#endif
                if
                :: !asleep[me]
                :: SLICE(me, USEFUL)
                /* Nothing moves any more, and nobody has notified this one. */
                :: atomic { asleep[me] && state[me] == waiting && !HEIR(me) && timeout -> asleep[me] = false; break }
                fi;
                if
                :: HEIR(me) -> break
                :: else
                fi
            od;
            lock();
#ifndef NO_INHERITANCE
            if
            :: HEIR(me) ->
                /* In this order: a death between the two leaves one notification too many instead of none. */
                state[me] = notified;
                state[OTHER(me)] = free
            :: else
            fi;
#endif
#ifdef BLIND_GIVING_UP
            if
            :: state[me] == notified -> returned++
            :: skip
            fi;
#else
            atomic {
                if
                :: state[me] == notified -> returned++
                :: else
                fi
            };
#endif
            atomic { state[me] = free; owner = 0 }
        :: else -> break
        od;
        done[me] = true
    } unless { dead[me] }
}

proctype Notifier(byte me)
{
    byte n, left, before, rounds;
    {
        if
        :: n = 1; rounds = 2
        :: n = 2; rounds = 1
        fi;
        do
        :: rounds > 0 ->
            rounds--;
            left = n;
            lock();
            do
            :: left > 0 && WAITS(1) && IS_OLDEST(1) ->
                atomic { ticket[1] = next; state[1] = notified; given++ };
                left--;
#ifndef NO_WAKE
                asleep[1] = false
#endif
            :: left > 0 && WAITS(2) && IS_OLDEST(2) ->
                atomic { ticket[2] = next; state[2] = notified; given++ };
                left--;
#ifndef NO_WAKE
                asleep[2] = false
#endif
            :: left == 0 || (!WAITS(1) && !WAITS(2)) -> break
            od;
            owner = 0
        :: else -> break
        od;
        done[me] = true
    } unless { dead[me] }
}

init
{
    atomic { run Waiter(1); run Waiter(2); run Notifier(NOTIFIER) };
    /* The end. */
    (done[1] || dead[1]) && (done[2] || dead[2]) && (done[3] || dead[3]);
    assert(deaths > 0 || given == returned)
}
