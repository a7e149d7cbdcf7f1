/*
 * The semaphore in shared memory that gives the permits of dead processes back.
 *
 * The count and a table of who holds how many are two words, and a process can die between two stores. Whatever the
 * order, a permit would then be lost or be there twice, and the same holds for whoever returns a dead process's permits.
 * So both change under a lock that tells its next holder when the last one died (lock.pml). The table is the truth: each
 * of its entries changes by one store. The count is what follows from it; the successor of a dead holder works it out anew.
 *
 * Modelled: taking and releasing a permit, looking for dead holders before a sleep, repair, giving up, death at any step.
 * Abstracted: the lock, which is one step to take (lock.pml has it).
 *
 * Properties:
 *  - whenever the lock is free, the count is the permits there are less those that the table says are held, and each
 *    process's entry is what it holds: so a dead process's permits come back, and once only;
 *  - nobody sleeps for ever while there is a permit or one whose holder is dead: without slices when nobody has died.
 *
 * Mutants: WITHOUT_LOCK (the table's entries are emptied by compare-and-swap by whoever notices first, and the count is
 *          added to: the scheme that this one replaces), NO_REPAIR, NO_RETURN, COUNT_KEPT (a successor empties the entries of
 *          the dead but does not work the count out anew), NO_PASSING_ON.
 */
#if defined(NO_PASSING_ON)
#define DEATHS 0
#else
#define DEATHS 2
#endif
#define PROCESSES 3
#define SPURIOUS 1
#define PERMITS 2

/* The lock's owner. */
byte owner;

byte count = PERMITS;
byte waiters;
byte held[PROCESSES + 1];

#define dies(p) skip

#include "kernel.inc"

#define LEFT_BY(p) (dead[p] && held[p] > 0)
#define SOMETHING_LEFT (LEFT_BY(1) || LEFT_BY(2) || LEFT_BY(3))
#define HELD (held[1] + held[2] + held[3])

#ifdef WITHOUT_LOCK
#define USEFUL (count > 0 || SOMETHING_LEFT)
#else
#define USEFUL (count > 0 || SOMETHING_LEFT || dead[owner])
#endif

/* At the moment when the lock is let go. */
#define CHECK assert(count + HELD == PERMITS)

#ifdef WITHOUT_LOCK

/* In the same step as the swap of the entry, which only one process can win. */
#define RETURN(p) \
    atomic { LEFT_BY(p) -> left = held[p]; held[p] = 0 }; atomic { count = count + left; left = 0 }; goto acquire

proctype Process(byte me)
{
    byte left;
    {
acquire:
        if
        :: atomic { count > 0 -> count-- };
            held[me]++
        :: atomic { count == 0 && !SOMETHING_LEFT -> waiters++ };
            atomic { asleep[me] = (count == 0) };
            if
            :: !asleep[me]
            :: SLICE(me, USEFUL)
            fi;
            waiters--;
            goto acquire
        :: RETURN(1)
        :: RETURN(2)
        :: RETURN(3)
        fi;
        held[me]--;
        count++;
        atomic {
            if
            :: waiters > 0 -> left = 1; futex_wake(left)
            :: else
            fi
        };
        done[me] = true
    } unless { dead[me] }
}

#else

/* The successor of a dead holder, and who finds no permit, with the lock held. */
inline return_left()
{
#ifndef NO_RETURN
    do
    :: LEFT_BY(1) -> held[1] = 0
    :: LEFT_BY(2) -> held[2] = 0
    :: LEFT_BY(3) -> held[3] = 0
    :: !SOMETHING_LEFT -> break
    od;
#ifndef COUNT_KEPT
    count = PERMITS - HELD;
#endif
#endif
}

proctype Process(byte me)
{
    byte goal, wakes;
    bool isTold, gaveUp, looked;
    {
acquire:
        atomic {
            (owner == 0 || dead[owner]) -> isTold = (owner != 0); owner = me
        };
        if
        :: isTold ->
            isTold = false;
#ifndef NO_REPAIR
            return_left()
#endif
        :: else
        fi;
        if
        :: count > 0
        :: count == 0 && SOMETHING_LEFT -> return_left()
        :: else
        fi;
