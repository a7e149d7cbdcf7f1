/*
 * The ring with one writer and one reader, and the doorbells at which they sleep (Messaging/).
 *
 * Modelled: a frame of two cells written one after the other into a ring of two frames, head, tail, both doorbells with
 * their two words, announcing a sleep and taking it back, ringing, the watcher of deaths that marks the ring closed and
 * calls Wake, death of writer or reader at any step.
 *
 * Stores of head, tail and "wanted" do not reach memory at once: each waits in the store buffer of its process until that
 * chooses to empty it or is told to by a fence or an interlocked operation, so a fence left out is seen. A buffer is
 * emptied after its process's death, too.
 *
 * Abstracted: bytes (each cell holds the number of its frame), the double mapping, long messages, the spin before the
 * sleep, Close. A cell is stored before the head that makes it visible, because that is a store with release semantics.
 * No sleep has a time limit here: a lost wake-up is a deadlock.
 *
 * Properties:
 *  - the reader sees each frame once, in order and whole;
 *  - a writer never touches a frame that is not released;
 *  - nobody sleeps for ever; after the writer's death the reader gets all that was published, and ends.
 *
 * Mutants: NO_RING_FENCE, NO_ANNOUNCE_FENCE, NO_SECOND_LOOK, EARLY_HEAD, EARLY_TAIL, TICKET_LAST (these need no death);
 *          NO_WATCHER (it marks the ring closed and wakes nobody), WATCHER_RINGS (instead of Wake).
 */
#if defined(NO_RING_FENCE) || defined(NO_ANNOUNCE_FENCE) || defined(NO_SECOND_LOOK) || defined(EARLY_HEAD) \
    || defined(EARLY_TAIL) || defined(TICKET_LAST)
#define DEATHS 0
#elif !defined(DEATHS)
#define DEATHS 1
#endif
#define PROCESSES 2
#define SPURIOUS 1
#define FRAMES 2
#ifndef MESSAGES
#define MESSAGES 3
#endif

#define WRITER 1
#define READER 2

/* The ring. A cell holds the low bits of its frame's number. */
byte first[FRAMES], second[FRAMES];

/* What each of the two publishes (head and tail), in memory and in its store buffer. */
byte position[3], newPosition[3];

/* The doorbell of each: the futex, and whether it sleeps. */
byte sequence[3];
bool wanted[3], newWanted[3];

bool closed;

#define dies(p) skip

#include "kernel.inc"

#define OTHER(p) (3 - (p))
#define FLUSH(p) position[p] = newPosition[p]; wanted[p] = newWanted[p]

/* Each store waits on its own: an order between them is not relied upon. */
active proctype StoreBuffers()
{
end:
    do
    :: atomic { position[WRITER] != newPosition[WRITER] -> position[WRITER] = newPosition[WRITER] }
    :: atomic { position[READER] != newPosition[READER] -> position[READER] = newPosition[READER] }
    :: atomic { wanted[WRITER] != newWanted[WRITER] -> wanted[WRITER] = newWanted[WRITER] }
    :: atomic { wanted[READER] != newWanted[READER] -> wanted[READER] = newWanted[READER] }
    od
}

inline fence(p)
{
    atomic { FLUSH(p) }
}

/* An exchange of "wanted" with 0 in memory; what its owner has in its store buffer comes later. */
#define TAKE_WANTED(p) newWanted[p] = (wanted[p] == newWanted[p] -> 0 : newWanted[p]); wanted[p] = 0

/* Doorbell.Ring */
inline ring(p)
{
#ifndef NO_RING_FENCE
    fence(me);
#endif
    if
    :: wanted[p] ->
        atomic {
            FLUSH(me);
            if
            :: wanted[p] -> TAKE_WANTED(p)
            :: else -> goto rung
            fi
        };
        sequence[p]++;
        asleep[p] = false
    :: else
    fi;
rung:
    skip
}

/* RingWait.Until without the spin, and Doorbell.Announce, Withdraw and Sleep. */
inline wait_until(condition)
{
    do
    :: (condition) -> break
    :: else ->
#ifndef TICKET_LAST
        ticket = sequence[me];
#endif
        newWanted[me] = true;
#ifndef NO_ANNOUNCE_FENCE
        fence(me);
#endif
#ifndef NO_SECOND_LOOK
        if
        :: (condition) -> newWanted[me] = false; ticket = 0; break
        :: else
        fi;
#endif
#ifdef TICKET_LAST
        ticket = sequence[me];
#endif
        atomic {
            asleep[me] = (sequence[me] == ticket);
            ticket = 0
        };
        if
        :: !asleep[me]
        :: SLICE(me, false)
        fi;
        newWanted[me] = false
    od
}

proctype Writer(byte me)
{
    byte head, ticket;
    {
        do
        :: head < MESSAGES ->
            wait_until(head - position[READER] < FRAMES || closed);
            if
            :: closed -> break
            :: else
            fi;
            first[head % FRAMES] = head + 1;
#ifdef EARLY_HEAD
            newPosition[me] = head + 1;
#endif
            second[head % FRAMES] = head + 1;
            head++;
            newPosition[me] = head;
            ring(READER)
        :: else -> break
        od;
        done[me] = true
    } unless { dead[me] }
}

proctype Reader(byte me)
{
    byte tail, ticket;
    {
        do
        :: tail < MESSAGES ->
            wait_until(position[WRITER] != tail || closed);
            /* Closed is set after the last publication, so a look at the head after it is the last word. */
            if
            :: position[WRITER] == tail -> break
            :: else
            fi;
            assert(first[tail % FRAMES] == tail + 1);
#ifdef EARLY_TAIL
            newPosition[me] = tail + 1;
#endif
            assert(second[tail % FRAMES] == tail + 1);
            tail++;
            newPosition[me] = tail;
            ring(WRITER)
        :: else -> break
        od;
        assert(tail == MESSAGES || (dead[WRITER] && tail == position[WRITER]));
        done[me] = true
    } unless { dead[me] }
}

/* Learns of a death from the system, by when the store buffer of the dead is empty. */
proctype Watcher(byte me, p)
{
end:
    atomic { dead[p] -> FLUSH(p); closed = true };
#ifdef NO_WATCHER
    skip
#elif defined(WATCHER_RINGS)
    ring(OTHER(p))
#else
    atomic { TAKE_WANTED(OTHER(p)) };
    sequence[OTHER(p)]++;
    asleep[OTHER(p)] = false
#endif
}

init
{
    atomic { run Writer(WRITER); run Reader(READER); run Watcher(0, WRITER); run Watcher(0, READER) }
}
