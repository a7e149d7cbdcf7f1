/*
 * A condition in shared memory by counting: a sequence number (the futex), permits, and how many wait. All but taking
 * a permit is done with the lock held.
 *
 * This is the simple scheme, kept for what it does not give: a permit is anybody's who waited before the last notify.
 * So "a waiter that came after a notify cannot take its permit" (FIRST_COME) fails: A waits and is notified; B and C begin
 * to wait; one of them is notified; B and C take both permits, and A sleeps on. condition.pml has the scheme that holds.
 *
 * Modelled: two waiters, or three where it takes them, a notifier that notifies one, twice; giving up at any step of a wait; death at any step.
 * Abstracted: the lock, which is one step to take (lock.pml has it). The sequence number never comes round.
 *
 * Properties, with the lock held:
 *  - while nobody has died, "permits" and "waiting" together are those who wait and have no permit yet, so no notify is
 *    lost and no more are woken than were notified; after deaths, they are never fewer;
 *  - at the end no living waiter sleeps that might take a permit: without slices when nobody has died.
 *
 * Mutants: NO_SEQUENCE, NO_LAST_TRY, FIRST_COME (these need no death);
 *          WAITING_FIRST (notify takes from "waiting" before it adds permits, and dies between the two: a waiter is left
 *          that nobody will ever notify), NO_SLICES.
 */
#if defined(NO_SEQUENCE) || defined(NO_LAST_TRY) || defined(FIRST_COME)
#define DEATHS 0
#elif !defined(DEATHS)
#define DEATHS 2
#endif
#define SPURIOUS 1

/* The last one notifies; the theft takes three waiters. */
#ifdef FIRST_COME
#define PROCESSES 4
#else
#define PROCESSES 3
#endif

byte owner;
byte sequence, permits, waiting;

/* Ghosts: who waits and has no permit; at which notify each came; what the first notify owes to those before it. */
bool waits[PROCESSES + 1];
byte owed;

#define dies(p) waits[p] = false

#include "kernel.inc"

#define MINE (permits > 0 && sequence != mine)
#ifdef NO_SLICES
#define USEFUL false
#else
#define USEFUL (MINE || sequence != seen)
#endif

#if PROCESSES > 3
#define WAITERS (waits[1] + waits[2] + waits[3])
#else
#define WAITERS (waits[1] + waits[2])
#endif
#define CHECK assert(permits + waiting == WAITERS || (deaths > 0 && permits + waiting > WAITERS))

inline lock()
{
    atomic { (owner == 0 || dead[owner]) -> owner = me }
}

/* The ghosts of taking a permit. */
inline take()
{
    permits--;
    waits[me] = false;
    if
    :: mine == 0 && owed > 0 -> owed--
    :: else
    fi;
#ifdef FIRST_COME
    assert(mine == 0 || permits >= owed)
#endif
}

#ifdef NO_SEQUENCE
#define MAY_TAKE (permits > 0)
#else
#define MAY_TAKE MINE
#endif

proctype Waiter(byte me)
{
    byte mine, seen;
    bool got;
    {
        lock();
        mine = sequence;
        atomic { waiting++; waits[me] = true };
        atomic { CHECK; owner = 0 };
again:  atomic {
            if
            :: goto leaving
            :: seen = sequence
            fi
        };
        atomic {
            if
            :: permits > 0 && (seen != mine) -> assert(sequence != mine); take(); got = true; goto leaving
#ifdef NO_SEQUENCE
            :: permits > 0 && (seen == mine) -> assert(sequence != mine); take(); got = true; goto leaving
#endif
            :: else
            fi
        };
        atomic {
            if
            :: sequence == seen -> asleep[me] = true
            :: else -> goto again
            fi
        };
        if
        :: atomic { !asleep[me] -> goto again }
        :: SLICE(me, USEFUL); goto again
        /* Nothing moves any more, and there is no permit for this one. */
        :: atomic { asleep[me] && !MINE && timeout -> asleep[me] = false; goto leaving }
        fi;

leaving:
        lock();
        atomic {
            if
            :: got
#ifndef NO_LAST_TRY
            :: !got && MINE -> take(); got = true
#endif
            :: else -> waiting--; waits[me] = false
            fi
        };
        atomic { CHECK; owner = 0 };
        done[me] = true
    } unless { dead[me] }
}

proctype Notifier(byte me)
{
    byte rounds, n;
    {
        do
        :: rounds < 2 ->
            lock();
            atomic {
                n = (waiting > 0 -> 1 : 0);
                rounds++
            };
#ifdef WAITING_FIRST
            waiting = waiting - n;
#endif
            permits = permits + n;
            atomic {
                owed = (sequence == 0 -> n : owed);
                sequence++
            };
#ifndef WAITING_FIRST
            waiting = waiting - n;
#endif
            atomic { futex_wake(n) };
            atomic { CHECK; owner = 0 }
        :: else -> break
        od;
        done[me] = true
    } unless { dead[me] }
}

init
{
    atomic {
        run Waiter(1);
        run Waiter(2);
#if PROCESSES > 3
        run Waiter(3);
#endif
        run Notifier(PROCESSES)
    }
}
