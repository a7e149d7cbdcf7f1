/*
 * The event in shared memory: a sequence that is odd while the event is set (the futex), and the number of waiters.
 *
 * Modelled: setting by two processes, one of which resets in between and sets once more; waiting from a remembered sequence
 * on; giving up (a timeout or a cancellation) at any step of a wait; death at any step.
 *
 * Abstracted: the spin before the first sleep. The sequence does not come round.
 *
 * Properties:
 *  - whoever has begun to wait when the event is set comes through, or gives up of itself, also if it is reset right after;
 *  - nobody sleeps for ever when the event has been set: without slices when nobody has died, with slices otherwise. What
 *    a killed waiter leaves in the number of waiters does no harm.
 *
 * Mutants: EARLY_LOOK, WAKE_ONE, NO_WAKE, BLIND_SLEEP, ONLY_THE_FLAG (these five need no death); NO_SLICES.
 */
#if defined(EARLY_LOOK) || defined(WAKE_ONE) || defined(NO_WAKE) || defined(BLIND_SLEEP) || defined(ONLY_THE_FLAG)
#define DEATHS 0
#elif !defined(DEATHS)
#define DEATHS 1
#endif
#define PROCESSES 4
#define SPURIOUS 1

byte sequence;
byte waiters;

/* Ghosts: who waits, and for whom the event was set since it does. */
bool began[PROCESSES + 1];
bool due[PROCESSES + 1];

#define dies(p) began[p] = false

#include "kernel.inc"

#define IS_SET(s) ((s) % 2 == 1)

#ifdef NO_SLICES
#define USEFUL false
#else
#define USEFUL (sequence != seen)
#endif

proctype Waiter(byte me)
{
    byte seen;
    {
        atomic {
            seen = sequence;
            if
            :: IS_SET(seen) -> goto end
            :: else -> began[me] = true
            fi
        };
        waiters++;
look:   atomic {
            if
            :: goto leaving
            :: sequence != seen ->
#ifdef ONLY_THE_FLAG
                seen = sequence;
                if
                :: IS_SET(seen) -> goto leaving
                :: else
                fi
#else
                goto leaving
#endif
            :: sequence == seen
            fi
        };
        atomic {
#ifdef BLIND_SLEEP
            asleep[me] = true
#else
            asleep[me] = (sequence == seen)
#endif
        };
        if
        :: !asleep[me]
        :: SLICE(me, USEFUL)
        /* Nothing moves any more, and it was not set since. */
        :: atomic { asleep[me] && sequence == seen && timeout -> assert(!due[me]); asleep[me] = false; goto leaving }
        fi;
        goto look;
leaving:
        atomic {
            began[me] = false;
            waiters--
        };
end:    done[me] = true
    } unless { dead[me] }
}

inline advance(fromSet)
{
    seen = sequence;
    do
    :: IS_SET(seen) != fromSet -> break
    :: IS_SET(seen) == fromSet ->
        atomic {
            if
            :: sequence == seen ->
                sequence++;
                due[1] = due[1] || (!fromSet && began[1]);
                due[2] = due[2] || (!fromSet && began[2]);
                break
            :: else -> seen = sequence
            fi
        }
    od
}

inline set()
{
#ifdef EARLY_LOOK
    isAwaited = waiters > 0;
#endif
    advance(false);
#ifndef EARLY_LOOK
    isAwaited = waiters > 0;
#endif
    atomic {
#ifndef NO_WAKE
#ifdef WAKE_ONE
        count = 1;
#else
        count = 2;
#endif
        if
        :: isAwaited -> futex_wake(count)
        :: else -> count = 0
        fi;
#endif
        isAwaited = false
    }
}

proctype Setter(byte me)
{
    byte seen, count;
    bool isAwaited;
    {
        set();
        if
        :: me == 3 ->
            advance(true);
            if
            :: set()
            :: skip
            fi
        :: else
        fi;
        done[me] = true
    } unless { dead[me] }
}

init
{
    atomic { run Waiter(1); run Waiter(2); run Setter(3); run Setter(4) }
}
