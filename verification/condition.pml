/*
 * The condition in shared memory, as ConditionState has it: a sequence number (the futex), permits, how many wait, and
 * tickets, which say how many it is worth to wake. All but taking a ticket is done with the lock held.
 *
 * Modelled: two waiters, or three where it takes them, a notifier that notifies one, twice; a timeout and a cancellation at any
 * step of a wait, which pass their permit on or keep it; death at any step, and what the next one to get the lock is told.
 * Abstracted: the lock, which is one step to take (lock.pml has it). The sequence number never comes round.
 *
 * Properties, with the lock held:
 *  - while nobody has died, "permits" and "waiting" together are those who wait and have no permit yet, so no notify is
 *    lost and no more are woken than were notified; after deaths, they are never fewer;
 *  - while nobody has died, each permit ends a wait as notified, unless a cancelled one finds nobody to pass it on to;
 *  - whoever gets the lock of a dead process by a wait returns, and does not sleep again;
 *  - at the end no living waiter sleeps that might take a permit, or while a dead one has the lock: without slices when
 *    nobody has died.
 *
 * What it does not give: a permit is anybody's who waited before the last notify. So "a waiter that came after a notify cannot
 * take its permit" (FIRST_COME asserts it) fails: A waits and is notified; B and C begin to wait; one of them is notified;
 * B and C take both permits, and A sleeps on until it is notified again. The documentation of the class says so.
 *
 * Mutants: NO_SEQUENCE, NO_LAST_TRY, NO_TICKETS (notify does not renew them), NO_WAKE, NO_PASSING_ON (a cancelled wait takes
 *          its permit along), FIRST_COME (these need no death);
 *          WAITING_FIRST (notify takes from "waiting" before it adds permits, and dies between the two: a waiter is left
 *          that nobody will ever notify), NO_OWNER_LOOK (sleepers do not look for a dead holder), SLEEPS_ON (one that got the
 *          lock of a dead process sleeps again), TICKETS_DECIDE (a slice looks at the tickets, not at the permits), NO_SLICES.
 */
#if defined(NO_SEQUENCE) || defined(NO_LAST_TRY) || defined(NO_TICKETS) || defined(NO_WAKE) || defined(NO_PASSING_ON) || defined(FIRST_COME)
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
byte sequence, permits, waiting, tickets;

/* Ghosts: who waits and has no permit; what the first notify owes to those before it; how many notifications have not
 * ended a wait as notified, nor were dropped by a cancelled one as nobody else waited. */
bool waits[PROCESSES + 1];
byte owed, open;

#define dies(p) waits[p] = false

#include "kernel.inc"

#define MINE (permits > 0 && sequence != mine)
#define LEFT (owner != 0 && dead[owner])
#if defined(NO_SLICES)
#define USEFUL false
#elif defined(NO_OWNER_LOOK)
#define USEFUL MINE
#elif defined(TICKETS_DECIDE)
#define USEFUL (LEFT || (tickets > 0 && sequence != mine))
#else
#define USEFUL (MINE || LEFT)
#endif

#if PROCESSES > 3
#define WAITERS (waits[1] + waits[2] + waits[3])
#else
#define WAITERS (waits[1] + waits[2])
#endif
#define CHECK \
    assert(permits + waiting == WAITERS || (deaths > 0 && permits + waiting > WAITERS)); \
    assert(permits == open || deaths > 0)

/* "told": whether it came from a dead process. */
inline lock()
{
    atomic { (owner == 0 || dead[owner]) -> told = (owner != 0); owner = me }
}

inline unlock()
{
    atomic { CHECK; owner = 0 }
}

/* The ghosts of taking a permit. */
inline take()
{
    permits--;
    open--;
    waits[me] = false;
    if
    :: mine == 0 && owed > 0 -> owed--
    :: else
    fi;
#ifdef FIRST_COME
    assert(mine == 0 || permits >= owed)
#endif
}

inline leave()
{
    waiting = (waiting > 0 -> waiting - 1 : 0);
    waits[me] = false
}

/* Under the lock: lets so many more look for a permit. "counted" is what is still to be taken from "waiting". */
inline announce(count, counted)
{
#ifndef NO_TICKETS
    tickets = permits;
#endif
    atomic {
        owed = (sequence == 0 -> count : owed);
        sequence++
    };
    waiting = waiting - counted;
#ifndef NO_WAKE
    atomic { futex_wake(count) };
#endif
}

#ifdef NO_SEQUENCE
#define MAY_TAKE (permits > 0)
#else
#define MAY_TAKE MINE
#endif

#ifdef SLEEPS_ON
#define ENDS false
#else
#define ENDS told
#endif

#ifdef NO_LAST_TRY
#define LATE_TAKE (MAY_TAKE && !quits)
#else
#define LATE_TAKE MAY_TAKE
#endif

proctype Waiter(byte me)
{
    byte mine, seen, count;
    bool told, quits, cancelled;
    {
        lock();
        atomic { mine = sequence; waiting++; waits[me] = true };
        unlock();

        /* The sequence first, then the tickets. */
again:  if
        :: seen = sequence
        :: atomic { quits = true; goto settle }
        :: atomic { quits = true; cancelled = true; goto settle }
        fi;
        atomic {
            if
#ifdef NO_SEQUENCE
            :: tickets > 0 -> tickets--; goto settle
#else
            :: seen != mine && tickets > 0 -> tickets--; goto settle
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
        /* Who finds something after a slice goes for the lock. */
        :: atomic { asleep[me] && deaths > 0 && USEFUL -> asleep[me] = false }
        :: atomic { asleep[me] && spurious < SPURIOUS -> spurious++; asleep[me] = false; goto again }
        /* Nothing moves any more, and there is nothing for this one. */
        :: atomic { asleep[me] && !MINE && !LEFT && timeout -> asleep[me] = false; quits = true }
        fi;

settle: lock();
        if
        :: atomic { (ENDS || !cancelled) && LATE_TAKE -> assert(sequence != mine); take() }
        :: atomic { (ENDS || (quits && !cancelled)) && !LATE_TAKE -> leave() }
        :: atomic { !ENDS && !quits && !MAY_TAKE -> assert(!told); CHECK; owner = 0; goto again }
        :: atomic { !ENDS && cancelled && !MAY_TAKE -> leave() }
#ifdef NO_PASSING_ON
        :: atomic { !ENDS && cancelled && MAY_TAKE -> permits--; waits[me] = false; open = (waiting > 0 -> open : open - 1) }
#else
        :: atomic { !ENDS && cancelled && MAY_TAKE && waiting == 0 -> permits--; waits[me] = false; open-- }
        :: atomic { !ENDS && cancelled && MAY_TAKE && waiting > 0 -> waits[me] = false; count = 1 };
            announce(count, 1)
#endif
        fi;
        unlock();
        done[me] = true
    } unless { dead[me] }
}

proctype Notifier(byte me)
{
    byte rounds, count, counted;
    bool told;
    {
        do
        :: rounds < 2 ->
            lock();
            atomic {
                count = (waiting > 0 -> 1 : 0);
                counted = count;
                rounds++
            };
            if
            :: count > 0 ->
#ifdef WAITING_FIRST
                atomic { waiting = waiting - counted; counted = 0 };
#endif
                atomic { permits = permits + count; open = open + count };
                announce(count, counted)
            :: else
            fi;
            unlock()
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
