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
#elif !defined(DEATHS)
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
#elif defined(NO_RETURN)
#define USEFUL (count > 0)
#else
#define USEFUL (count > 0 || SOMETHING_LEFT)
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
        left = 0;
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
#ifdef NO_RETURN
    skip
#else
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

inline lock()
{
    atomic { (owner == 0 || dead[owner]) -> isTold = (owner != 0); owner = me };
    if
    :: isTold ->
        isTold = false;
#ifndef NO_REPAIR
        return_left()
#endif
    :: else
    fi
}

inline unlock()
{
    atomic { CHECK; owner = 0 }
}

/* The first process takes all permits and gives them back at once; the others take one and may keep it. */
proctype Process(byte me)
{
    byte goal, wakes;
    bool isTold, gaveUp;
    {
        goal = (me == 1 -> PERMITS : 1);
acquire:
        if
        :: skip
        :: goto leaving
        fi;
        lock();
        if
        :: count == 0 && SOMETHING_LEFT -> return_left()
        :: else
        fi;
        if
        :: count > 0 ->
            held[me]++;
            count--;
            unlock();
            if
            :: held[me] < goal -> goto acquire
            :: held[me] == goal -> goto release
            :: held[me] == goal && me != 1 -> goto end
            fi
        :: else
        fi;
        waiters++;
        unlock();
        atomic { asleep[me] = (count == 0) };
        if
        :: !asleep[me]
        :: SLICE(me, USEFUL)
        /* Nothing moves any more, and the permits are those of living processes that ended with them. */
        :: atomic { asleep[me] && count == 0 && !SOMETHING_LEFT && timeout -> asleep[me] = false; gaveUp = true }
        fi;
        waiters--;
        if
        :: gaveUp -> goto leaving
        :: else -> goto acquire
        fi;

leaving:
#ifndef NO_PASSING_ON
        /* Perhaps this waiter took a wake that it does not use. */
        if
        :: count > 0 ->
            atomic {
                if
                :: waiters > 0 -> wakes = 1; futex_wake(wakes)
                :: else
                fi
            }
        :: else
        fi;
#endif
        if
        :: held[me] > 0
        :: else -> goto end
        fi;

release:
        assert(held[me] > 0);
        lock();
        atomic { wakes = held[me]; held[me] = 0 };
        count = count + wakes;
        unlock();
        atomic {
            if
            :: waiters > 0 -> futex_wake(wakes)
            :: else
            fi
        };
end:    done[me] = true
    } unless { dead[me] }
}

#endif

init
{
    atomic { run Process(1); run Process(2); run Process(3) }
}
