/*
 * The reader-writer lock: each process counts its own readers, and writers take turns by a word that knows its owner.
 *
 * Modelled: the writer's word (as in lock.pml), the count of each process and the tag beside it, "unfinished", the two
 * gates (a bit for sleepers and a count of openings), the futexes on word and gates, a writer's giving up at any step of its
 * wait, slices, death at any step. The first process writes, the last reads, the one between does either.
 *
 * Abstracted: a reader that gives up (it does nothing, and wakes are for all); each process has its slot from the start; the
 * spin before the first sleep; how a waiter finds out that a process is dead (it knows when it asks).
 *
 * Properties:
 *  - no living reader and no other living writer beside a living writer;
 *  - whoever comes in is told that the data is unfinished exactly if a writer died inside and none has come out since;
 *  - nobody sleeps for ever: without slices when nobody has died, with slices otherwise.
 *
 * Mutants: BLIND_READER, BLIND_READER_SLEEP, BLIND_WRITER_SLEEP, CLOSED_TO_READERS, CLOSED_TO_WRITERS, WAKE_ONE (these six
 *          need no death); DEAD_READERS_STAY, DEAD_WRITER_STAYS, EARLY_RELEASE, FORGETS_DEATH, NO_SLICES.
 */
#if defined(BLIND_READER) || defined(BLIND_READER_SLEEP) || defined(BLIND_WRITER_SLEEP) || defined(CLOSED_TO_READERS) || defined(CLOSED_TO_WRITERS) || defined(WAKE_ONE)
#define DEATHS 0
#elif !defined(DEATHS)
#define DEATHS 1
#endif
#define PROCESSES 3
#define SPURIOUS 1

#define READERS 1
#define WRITER 2
#define WORD 3

/* The writer's word. */
byte owner;
bool waiters;

bool unfinished;

/* A slot whose tag says that its count means nothing is claimed. */
byte readers[PROCESSES + 1];
bool claimed[PROCESSES + 1];

/* By READERS, WRITER; the first is not used. */
bool announced[3];
byte opened[3];

/* At which of the three a process sleeps; 0 when it does not. */
byte place[PROCESSES + 1];

/* Ghosts: who writes, who reads, and whether a writer died inside and none has come out since. */
byte writing;
bool reading[PROCESSES + 1];
bool wreck;

#define dies(p) place[p] = 0; if :: writing == p -> wreck = true :: else fi

#include "kernel.inc"

#define counts(p) (readers[p] > 0 && !claimed[p])
#define hasReaders (counts(2) || counts(3))
#define isDeadReader(p) (counts(p) && dead[p])
#define hasDeadReaders (isDeadReader(2) || isDeadReader(3))
#define isWriting(p) (writing == p && !dead[p])
#define isReading(p) (reading[p] && !dead[p])

#ifdef NO_SLICES
#define USEFUL_AT_WORD false
#define USEFUL_AT_READERS false
#define USEFUL_AT_WRITER false
#else
#define USEFUL_AT_WORD (owner != seen || !waiters || dead[seen])
#ifdef DEAD_WRITER_STAYS
#define USEFUL_AT_READERS (opened[READERS] != seen || owner == 0)
#else
#define USEFUL_AT_READERS (opened[READERS] != seen || owner == 0 || dead[owner])
#endif
#ifdef DEAD_READERS_STAY
#define USEFUL_AT_WRITER (opened[WRITER] != seen || !hasReaders)
#else
#define USEFUL_AT_WRITER (opened[WRITER] != seen || !hasReaders || hasDeadReaders)
#endif
#endif

/* In an atomic block. Any one of those that sleep there. */
inline wakeOne(at)
{
    if
    :: asleep[1] && place[1] == at -> asleep[1] = false; place[1] = 0
    :: asleep[2] && place[2] == at -> asleep[2] = false; place[2] = 0
    :: asleep[3] && place[3] == at -> asleep[3] = false; place[3] = 0
    :: !(asleep[1] && place[1] == at) && !(asleep[2] && place[2] == at) && !(asleep[3] && place[3] == at) -> skip
    fi
}

inline wakeAll(at)
{
#ifdef WAKE_ONE
    wakeOne(at)
#else
    if :: place[1] == at -> asleep[1] = false; place[1] = 0 :: else fi;
    if :: place[2] == at -> asleep[2] = false; place[2] = 0 :: else fi;
    if :: place[3] == at -> asleep[3] = false; place[3] = 0 :: else fi
#endif
}

inline sleepAt(at)
{
    place[me] = at;
    asleep[me] = true
}

/* Two steps: the change, and the wake-up. "opening" says whether the second is still to come. */
inline open(at)
{
    atomic {
        opening = announced[at];
        if
        :: opening -> announced[at] = false; opened[at]++
        :: else
        fi
    };
    atomic {
        if :: opening -> wakeAll(at); opening = false :: else fi
    }
}

/* Two steps. */
inline releaseWord()
{
    atomic { hadWaiters = waiters; waiters = false; owner = 0 };
    atomic {
        if :: hadWaiters -> wakeOne(WORD); hadWaiters = false :: else fi
    };
#ifndef CLOSED_TO_READERS
    open(READERS)
#endif
}

proctype Reader(byte me)
{
    byte seen;
    bool opening, hadWaiters, looked;
    {
        looked = false;
again:  atomic {
            if
            :: owner != 0 && looked && dead[owner] -> looked = false; goto takeOver
            :: owner != 0 && !(looked && dead[owner]) -> looked = false; goto announce
            :: owner == 0 -> looked = false
            fi
        };

        readers[me]++;
        atomic {
            if
#ifdef BLIND_READER
            :: true ->
#else
            :: owner == 0 ->
#endif
                reading[me] = true;
                assert(!isWriting(1) && !isWriting(2));
                goto inside
            :: owner != 0 -> skip
            fi
        };
        readers[me]--;
        open(WRITER);

announce:
        atomic { announced[READERS] = true; seen = opened[READERS] };
        atomic {
            if
#ifndef BLIND_READER_SLEEP
            :: owner == 0 -> goto again
#endif
            :: else -> skip
            fi
        };
        atomic {
            if
            :: announced[READERS] && opened[READERS] == seen -> sleepAt(READERS)
            :: else -> goto again
            fi
        };
        if
        :: !asleep[me]
        :: SLICE(me, USEFUL_AT_READERS)
        fi;
        atomic { seen = 0; place[me] = 0; looked = true };
        goto again;

takeOver:
        /* Only to give it back: whoever waits may be readers alone. */
        atomic {
            if
#ifndef DEAD_WRITER_STAYS
            :: owner != 0 && dead[owner] -> owner = me; waiters = true
#endif
            :: else -> goto announce
            fi
        };
        releaseWord();
        goto again;

inside: atomic { assert(unfinished == wreck); reading[me] = false };
        readers[me]--;
#ifndef CLOSED_TO_WRITERS
        open(WRITER);
#endif

end:    done[me] = true
    } unless { dead[me] }
}

proctype Writer(byte me)
{
    byte seen, slot;
    bool opening, hadWaiters, slept, looked;
    {
        slept = false;
again:  atomic {
            if
            :: goto leaving
            :: owner == 0 ->
                owner = me;
                waiters = slept;
                looked = false;
                slept = false;
                goto turn
            :: owner != 0 && looked && dead[owner] ->
                owner = me;
                waiters = true;
                looked = false;
                slept = false;
                goto turn
            :: owner != 0 && !(looked && dead[owner]) -> waiters = true; seen = owner
            fi
        };
        atomic {
            if
            :: owner == seen && waiters -> sleepAt(WORD); slept = true
            :: else -> goto again
            fi
        };
        if
        :: !asleep[me]
        :: SLICE(me, USEFUL_AT_WORD)
        fi;
        atomic { seen = 0; place[me] = 0; looked = true };
        goto again;

turn:   /* One slot a step, of those that read. */
        slot = 2;
        do
        :: atomic { slot <= PROCESSES && !counts(slot) -> slot++ }
        :: atomic { slot <= PROCESSES && counts(slot) -> slot = 0; goto occupied }
        :: atomic { slot > PROCESSES -> slot = 0; seen = 0; goto enter }
        :: atomic { slot = 0; goto givingUp }
        od;

occupied:
        atomic { announced[WRITER] = true; seen = opened[WRITER] };
#ifndef BLIND_WRITER_SLEEP
        slot = 2;
        do
        :: atomic { slot <= PROCESSES && !counts(slot) -> slot++ }
        :: atomic { slot <= PROCESSES && counts(slot) -> slot = 0; break }
        :: atomic { slot > PROCESSES -> slot = 0; seen = 0; goto enter }
        od;
#endif
        atomic {
            if
            :: announced[WRITER] && opened[WRITER] == seen -> sleepAt(WRITER)
            :: else -> goto turn
            fi
        };
        if
        :: !asleep[me]
        :: SLICE(me, USEFUL_AT_WRITER)
        fi;
        atomic { seen = 0; place[me] = 0; slot = 2 };
        do
#ifndef DEAD_READERS_STAY
        :: atomic { slot <= PROCESSES && isDeadReader(slot) -> claimed[slot] = true };
            readers[slot] = 0;
            slot++
#endif
        :: atomic { slot <= PROCESSES && !isDeadReader(slot) -> slot++ }
        :: atomic { slot > PROCESSES -> slot = 0; break }
        od;
        goto turn;

enter:  atomic {
            assert(!isReading(2) && !isReading(3));
            assert(writing == 0 || dead[writing]);
            assert(unfinished == wreck);
            unfinished = true;
            writing = me
        };
#ifdef EARLY_RELEASE
        atomic { writing = 0; wreck = false };
        releaseWord();
        unfinished = false;
        goto end;
#else
        atomic { unfinished = false; writing = 0; wreck = false };
#endif

givingUp:
#ifdef FORGETS_DEATH
        unfinished = false;
#endif
        releaseWord();
        goto end;

leaving:
        atomic {
            if
            :: slept && owner == 0 -> wakeOne(WORD)
            :: slept && owner != 0 -> waiters = true
            :: !slept -> skip
            fi
        };

end:    done[me] = true
    } unless { dead[me] }
}

init
{
    atomic {
        run Writer(1);
        run Reader(3);
        if
        :: run Writer(2)
        :: run Reader(2)
        fi
    }
}
