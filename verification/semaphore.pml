/*
 * The semaphore in shared memory, without tracking of who holds its permits (semaphore-tracked.pml has the other).
 *
 * Modelled: the count (a futex), the number of waiters, taking one permit, releasing one or several at once, giving up (a
 * timeout or a cancellation) at any step of a wait, death at any step.
 *
 * Abstracted: the spin before the first sleep. A process that dies takes the permits that it holds with it.
 *
 * Properties:
 *  - the count, the permits held by the living and those lost with the dead are always the permits there were, so the count
 *    is never negative and never too large;
 *  - nobody sleeps for ever while there is a permit: without slices when nobody has died, with slices otherwise. What
 *    a killed waiter leaves in the number of waiters does no harm.
 *
 * Mutants: NO_FENCE, WAKE_ONE, NO_PASSING_ON, NO_WAKE (these four need no death); BLIND_TAKE, NO_SLICES.
 */
#if defined(NO_FENCE) || defined(WAKE_ONE) || defined(NO_PASSING_ON) || defined(NO_WAKE)
#define DEATHS 0
#elif !defined(DEATHS)
#define DEATHS 1
#endif
#define PROCESSES 3
#define SPURIOUS 1
#define PERMITS 2

byte count = PERMITS;
byte waiters;

/* Ghosts. */
byte held[PROCESSES + 1];
byte lost;

#define dies(p) lost = lost + held[p]; held[p] = 0

#include "kernel.inc"

#ifdef NO_SLICES
#define USEFUL false
#else
#define USEFUL (count > 0)
#endif

#define CONSERVED (count + held[1] + held[2] + held[3] + lost == PERMITS)

/* The first process takes all permits and gives them back at once, then perhaps takes one; the others take one
 * and may keep it. */
proctype Process(byte me)
{
    byte seen, goal, wakes;
    bool gaveUp, isAwaited;
    {
        goal = (me == 1 -> PERMITS : 1);
acquire:
        atomic {
            if
            :: goto leaving
            :: seen = count;
                if
                :: seen > 0 -> goto take
                :: else -> goto announce
                fi
            fi
        };

take:   atomic {
            if
#ifdef BLIND_TAKE
            :: true ->
#else
            :: count == seen ->
#endif
                count = seen - 1;
                held[me]++;
                assert(CONSERVED);
                seen = 0;
                if
                :: held[me] == goal -> goto release
                :: held[me] == goal && me != 1 -> goto end
                :: held[me] < goal -> goto acquire
                fi
            :: else -> seen = 0; goto acquire
            fi
        };

announce:
        waiters++;
        atomic {
            if
            :: count == 0 -> asleep[me] = true
            :: else -> goto awake
            fi
        };
        if
        :: !asleep[me]
        :: SLICE(me, USEFUL)
        /* Nothing moves any more and there is no permit: those who have them ended or died with them. */
        :: atomic { asleep[me] && count == 0 && timeout -> asleep[me] = false; gaveUp = true }
        fi;
awake:  atomic {
            waiters--;
            if
            :: gaveUp -> goto leaving
            :: else -> goto acquire
            fi
        };

leaving:
#ifndef NO_PASSING_ON
        /* Perhaps this waiter took a wake that it does not use. */
        atomic {
            if
            :: count > 0 -> skip
            :: else -> goto left
            fi
        };
        atomic {
            if
            :: waiters > 0 -> wakes = 1; futex_wake(wakes)
            :: else
            fi
        };
#endif
left:   atomic {
            gaveUp = true;
            if
            :: held[me] > 0 -> goto release
            :: else -> goto end
            fi
        };

release:
#ifdef NO_FENCE
        isAwaited = waiters > 0;
#endif
        atomic {
            wakes = held[me];
            count = count + held[me];
            held[me] = 0;
            assert(CONSERVED)
        };
#ifndef NO_FENCE
        isAwaited = waiters > 0;
#endif
        atomic {
#ifdef NO_WAKE
            isAwaited = false;
#endif
#ifdef WAKE_ONE
            wakes = 1;
#endif
            if
            :: isAwaited -> futex_wake(wakes)
            :: else
            fi;
            wakes = 0;
            isAwaited = false;
            if
            :: me == 1 && goal > 1 && !gaveUp -> goal = 1; goto acquire
            :: goto end
            fi
        };
end:    done[me] = true
    } unless { dead[me] }
}

init
{
    atomic { run Process(1); run Process(2); run Process(3) }
}
