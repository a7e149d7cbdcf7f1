/*
 * The lock in shared memory that knows its owner.
 *
 * Modelled: the word (owner and WAITERS bit, changed by compare-and-swap or exchange only), the futex on it, waiting in
 * slices, taking over from a dead owner, giving up (a timeout or a cancellation) at any step of a wait, death at any step.
 *
 * Abstracted: process id and start time are one number that is never used again; the spin before the first sleep; how
 * a waiter finds out that a process is dead (it knows when it asks).
 *
 * Properties:
 *  - mutual exclusion among the living;
 *  - whoever takes the lock is told that it was abandoned exactly if the last holder died holding it;
 *  - nobody sleeps for ever: without slices when nobody has died, with slices otherwise.
 *
 * Mutants: NO_WAITERS_AFTER_SLEEP, NO_WAKE, NO_PASSING_ON, PASSING_ON_ONLY_WHEN_FREE (these four need no death);
 *          NO_RECOVERY, BLIND_TAKEOVER, SILENT_TAKEOVER, NO_SLICES.
 */
#if defined(NO_WAITERS_AFTER_SLEEP) || defined(NO_WAKE) || defined(NO_PASSING_ON) || defined(PASSING_ON_ONLY_WHEN_FREE)
#define DEATHS 0
#elif !defined(DEATHS)
#define DEATHS 2
#endif
#define PROCESSES 3
#define SPURIOUS 1

/* How often the first process takes the lock; the others take it once. */
#define ROUNDS 2

byte owner;
bool waiters;

/* Ghosts: who is in the critical section, and whether the last who was died there. */
byte inside;
bool abandoned;

#define dies(p) if :: inside == p -> abandoned = true :: else fi

#include "kernel.inc"

/* Whether a sleeper would do anything but go back to sleep. */
#ifdef NO_SLICES
#define USEFUL false
#elif defined(NO_RECOVERY)
#define USEFUL (owner != seen || !waiters)
#else
#define USEFUL (owner != seen || !waiters || dead[seen])
#endif

/* In the same step as the swap that takes the lock. */
inline enter(isTold)
{
    assert(inside == 0 || dead[inside]);
    assert(abandoned == (isTold));
    inside = me;
    abandoned = false;
    seen = 0; slept = false; looked = false
}

proctype Process(byte me)
{
    byte rounds, seen, count;
    bool hadWaiters, slept, looked;
    {
        rounds = 0;
again:  atomic {
            if
            :: goto leaving
            :: seen = owner; hadWaiters = waiters;
                if
                :: seen == 0 -> goto take
#ifndef NO_RECOVERY
                :: seen != 0 && looked && dead[seen] -> goto takeOver
#endif
                :: else ->
                    if
                    :: hadWaiters -> goto sleep
                    :: else -> goto mark
                    fi
                fi
            fi
        };

take:   atomic {
            if
            :: owner == 0 && !waiters ->
                owner = me;
#ifndef NO_WAITERS_AFTER_SLEEP
                /* Who has slept cannot know whether others still do. */
                waiters = slept;
#endif
                enter(false);
                goto holding
            :: else -> goto again
            fi
        };

takeOver:
        atomic {
            if
#ifdef BLIND_TAKEOVER
            :: true ->
#else
            :: owner == seen && waiters == hadWaiters ->
#endif
                owner = me;
                waiters = true;
#ifdef SILENT_TAKEOVER
                enter(false);
#else
                enter(true);
#endif
                goto holding
            :: else -> goto again
            fi
        };

mark:   atomic {
            if
            :: owner == seen && !waiters -> waiters = true; hadWaiters = true
            :: else -> goto again
            fi
        };

sleep:  atomic {
            looked = true;
            if
            :: owner == seen && waiters -> asleep[me] = true; slept = true
            :: else -> goto again
            fi
        };
        if
        :: !asleep[me]
        :: SLICE(me, USEFUL)
        fi;
        goto again;

holding:
        atomic {
            hadWaiters = waiters;
            waiters = false;
            owner = 0;
            inside = 0;
            rounds++;
            if
            :: hadWaiters -> goto wake
            :: else -> goto next
            fi
        };

wake:   atomic {
#ifndef NO_WAKE
            count = 1;
            futex_wake(count);
#endif
            goto next
        };

next:   atomic {
            hadWaiters = false;
            if
            :: me == 1 && rounds < ROUNDS -> goto again
            :: else -> goto end
            fi
        };

leaving:
        /* Who has slept may have taken a wake along. Free: somebody else is woken. Held: maybe by somebody who took it
           meanwhile and knows of no sleepers, so that one is told. */
        atomic {
            seen = owner; hadWaiters = waiters;
            if
#ifdef NO_PASSING_ON
            :: true -> goto end
#else
            :: !slept -> goto end
            :: slept && seen == 0 -> goto passOn
#ifdef PASSING_ON_ONLY_WHEN_FREE
            :: slept && seen != 0 -> goto end
#else
            :: slept && seen != 0 -> goto tell
#endif
#endif
            fi
        };

tell:   atomic {
            if
            :: owner == seen && waiters == hadWaiters -> waiters = true; goto end
            :: else -> goto leaving
            fi
        };

passOn: atomic { count = 1; futex_wake(count) };

end:    done[me] = true
    } unless { dead[me] }
}

init
{
    atomic { run Process(1); run Process(2); run Process(3) }
}
