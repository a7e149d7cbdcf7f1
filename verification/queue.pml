/*
 * A queue's items and the bell where its consumers sleep.
 *
 * Modelled: a producer that puts two items and rings for each; a consumer that takes one for good, and one that leases one and
 * then completes it, gives it back and takes another, or dies with it; the get lock, the positions next, end of the taken and
 * tail, the states of the items, each written in its own step; announcing a sleep, ringing, passing on; death at any step.
 *
 * Abstracted: the put lock, as there is one producer (the put lock and the get lock are those of lock.pml, so here a lock is
 * taken from the dead in one step); the ring's bytes, its end and its memory; the producers' own bell, which is the same.
 *
 * Properties:
 *  - no item is taken by two, and none is lost but with a consumer that had taken it for good and died; what a dead process
 *    had leased, or was just taking or giving back, can be taken again;
 *  - nobody sleeps for ever beside an item: without slices when nobody has died, with slices otherwise.
 *
 * Mutants: NO_FENCE, NO_SECOND_LOOK, NO_PASSING_ON, SILENT_GIVE_BACK (these four need no death; the last has one item, as a
 * second one would wake who waits for the first); NOT_MARKED, NEXT_ONLY, NO_SLICES.
 */
#if defined(NO_FENCE) || defined(NO_SECOND_LOOK) || defined(NO_PASSING_ON) || defined(SILENT_GIVE_BACK)
#define DEATHS 0
#elif !defined(DEATHS)
#define DEATHS 1
#endif
#define PROCESSES 3
#define SPURIOUS 0
#define ITEMS 2
#ifdef SILENT_GIVE_BACK
#define PUTS 1
#else
#define PUTS ITEMS
#endif

#define WAITING 0
#define LEASED 1
#define OVER 2

byte getLock;
byte head;
byte next;
byte takenEnd;
byte tail;
byte state[ITEMS];
byte owner[ITEMS];
bool wanted;
byte sequence;

/* Ghosts. Which item a process has for good and not yet given to its user, plus one. */
byte mine[PROCESSES + 1];
byte got[ITEMS];
byte lost[ITEMS];

#define dies(p) if :: mine[p] > 0 -> lost[mine[p] - 1]++; mine[p] = 0 :: else fi

#include "kernel.inc"

#define IS_LEFT(i) (i < head && i >= tail && (state[i] == WAITING || (state[i] == LEASED && dead[owner[i]])))
#define IS_THERE (IS_LEFT(0) || IS_LEFT(1))

#ifdef NO_SLICES
#define USEFUL false
#else
#define USEFUL IS_THERE
#endif

/* The second half of waking one: the first has seen "wanted". Its own steps, as whoever wakes may die between them. */
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

inline lock_get() { atomic { getLock == 0 || dead[getLock] -> getLock = me } }

/* Frees what is over, up to next. */
inline advance_tail()
{
    atomic {
        do
        :: tail < next && state[tail] == OVER -> tail++
        :: else -> break
        od
    }
}

proctype Producer(byte me)
{
    byte wakes;
    bool isAwaited;
    {
        do
        :: head < PUTS ->
#ifdef NO_FENCE
            isAwaited = wanted;
            head++;
#else
            head++;
            isAwaited = wanted;
#endif
            if
            :: isAwaited -> wake_one()
            :: else
            fi
        :: else -> break
        od;
        done[me] = true
    } unless { dead[me] }
}

proctype Consumer(byte me; bool isLeasing)
{
    byte wakes, seen, i, first;
    bool isAwaited, isTaken, hasGivenBack;
    {
        hasGivenBack = false;
again:  atomic {
            getLock == 0 || dead[getLock] -> getLock = me;
            /* What the dead had leased waits again. */
            first = takenEnd;
            i = tail;
            do
            :: i < takenEnd ->
                if
                :: state[i] == LEASED && dead[owner[i]] -> state[i] = WAITING
                :: else
                fi;
                if
                :: state[i] == WAITING && i < first -> first = i
                :: else
                fi;
                i++
            :: else -> break
            od;
            if
            :: tail != next && first < next -> next = first
            :: else
            fi;
            i = next;
            do
            :: i < head && state[i] != WAITING -> i++
            :: else -> break
            od;
            isTaken = i < head;
            first = i + isTaken
        };
        if
        :: isTaken && isLeasing ->
            owner[i] = me;
            state[i] = LEASED;
        :: isTaken && !isLeasing && i != tail ->
#ifndef NOT_MARKED
            atomic { state[i] = OVER; mine[me] = i + 1 };
#else
            mine[me] = i + 1;
#endif
        :: else
        fi;
        atomic {
            if
            :: takenEnd < first -> takenEnd = first
            :: else
            fi
        };
        next = first;
        if
        :: isTaken && !isLeasing && mine[me] == 0 ->
#ifdef NEXT_ONLY
            mine[me] = i + 1;
#else
            atomic { tail = first; mine[me] = i + 1 };
#endif
        :: else -> advance_tail()
        fi;
        atomic { getLock = 0; first = 0 };
#ifndef NO_PASSING_ON
        if
        :: wanted && next != head -> wake_one()
        :: else
        fi;
#endif
        if
        :: isTaken -> goto taken
        :: else
        fi;

        atomic { i = 0; seen = sequence };
        wanted = true;
#ifndef NO_SECOND_LOOK
        if
        :: next != head -> seen = 0; goto again
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
        :: SLICE(me, USEFUL)
        /* Nothing moves any more and there is no item. */
        :: atomic { asleep[me] && !IS_THERE && timeout -> asleep[me] = false; goto end }
        fi;
        /* Whoever woke this one has taken the word of all that sleep. */
        wanted = true;
        goto again;

taken:  if
        :: !isLeasing -> atomic { got[i]++; mine[me] = 0; goto end }
        :: isLeasing ->
            atomic { state[i] = OVER; got[i]++ };
            atomic {
                if
                :: getLock == 0 -> getLock = me
                :: else -> goto end
                fi
            };
            advance_tail();
            getLock = 0;
            goto end
        :: isLeasing && !hasGivenBack ->
            hasGivenBack = true;
            lock_get();
            state[i] = WAITING;
            atomic {
                if
                :: i < next -> next = i
                :: else
                fi
            };
            getLock = 0;
#ifndef SILENT_GIVE_BACK
            if
            :: wanted -> wake_one()
            :: else
            fi;
#endif
            /* Another may have it now; this one may come again or not. */
            if
            :: goto again
            :: goto end
            fi
        fi;
end:    atomic { assert(got[0] <= 1 && got[1] <= 1); i = 0; hasGivenBack = false; done[me] = true }
    } unless { dead[me] }
}

#define IS_OUT(p) (done[p] || dead[p])
#define IS_SETTLED(i) (i >= head || got[i] + lost[i] + (IS_LEFT(i) -> 1 : 0) == 1)

/* What is left can be found: beyond next, or by whoever looks because next and tail differ. */
#define IS_FOUND(i) (!IS_LEFT(i) || i >= next || tail != next)

init
{
    atomic { run Producer(1); run Consumer(2, false); run Consumer(3, true) };
    atomic {
        IS_OUT(1) && IS_OUT(2) && IS_OUT(3) ->
        assert(IS_SETTLED(0) && IS_SETTLED(1));
        assert(IS_FOUND(0) && IS_FOUND(1))
    }
}
