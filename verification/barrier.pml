/*
 * The barrier in shared memory: a lock that survives its holder, a phase, and a slot for each wait that says how it ended.
 *
 * Modelled: coming, the last one letting all go; death at any step, also between any two stores of whoever holds the lock;
 * repair by the next holder; the look for the dead after a slice, for waiting parties and for members of the last pass that
 * have not come. And, so that the states stay few enough, one of two: an action that is run first, a party that gives up at any
 * step of its wait, which breaks the barrier, and a third process that resets; or a third process that comes as a party too.
 *
 * Abstracted: the lock itself, which is one step to take (lock.pml has it); each process has a slot of its own, so that none
 * has to be searched for; reasons and places.
 *
 * Properties:
 *  - all parties are there when they are let go;
 *  - a phase decides once for all who wait then, and each finds in its slot what was decided, whoever dies in between;
 *  - nobody sleeps for ever, nor waits for a dead one: without slices when nobody has died, with slices otherwise.
 *
 * Mutants: NO_WAKE, BLIND_SLEEP, EARLY_RELEASE (these three need no death);
 *          NO_REPAIR, SHORT_REPAIR, NO_PHASE, NO_LOOK, NO_MEMBERS, NO_SLICES.
 */
#if defined(NO_WAKE) || defined(BLIND_SLEEP) || defined(EARLY_RELEASE)
#define DEATHS 0
#elif !defined(DEATHS)
#define DEATHS 1
#endif
#define PROCESSES 3
#define SPURIOUS 0
#define PARTIES 2

mtype = { filling, running, releasing, broken, resetting };
mtype = { free, waiting, released, failed };

byte owner;
byte generation;
mtype phase = filling;
mtype state[PROCESSES + 1] = free;
bool member[PROCESSES + 1];
bool hasAction;

/* Ghosts: what was decided for who waits. */
mtype fate[PROCESSES + 1] = free;

#define dies(p) skip

#include "kernel.inc"

#define WAITS(p) (state[p] == waiting)
#define COUNT (WAITS(1) + WAITS(2) + WAITS(3))

#define DEAD_WAITER ((WAITS(1) && dead[1]) || (WAITS(2) && dead[2]) || (WAITS(3) && dead[3]))
#define DEAD_MEMBER ((member[1] && dead[1]) || (member[2] && dead[2]) || (member[3] && dead[3]))
#define NEWCOMER ((WAITS(1) && !member[1]) || (WAITS(2) && !member[2]) || (WAITS(3) && !member[3]))
#define LACKS_MEMBER (phase == filling && DEAD_MEMBER && !NEWCOMER)
#ifdef NO_MEMBERS
#define IS_HOPELESS ((phase == filling || phase == running) && DEAD_WAITER)
#else
#define IS_HOPELESS (((phase == filling || phase == running) && DEAD_WAITER) || LACKS_MEMBER)
#endif
#define LOCK_IS_LEFT (owner != 0 && dead[owner])

#ifdef NO_SLICES
#define USEFUL false
#elif defined(NO_LOOK)
#define USEFUL (generation != seen)
#else
#define USEFUL (generation != seen || IS_HOPELESS || LOCK_IS_LEFT)
#endif

inline decide(p, what)
{
    if
    :: WAITS(p) -> assert(fate[p] == free); fate[p] = what
    :: else
    fi
}

inline set_phase(next, what)
{
    atomic {
        assert(next != releasing || COUNT == PARTIES);
        decide(1, what); decide(2, what); decide(3, what);
#ifdef NO_PHASE
        phase = (next == releasing -> filling : next)
#else
        phase = next
#endif
    }
}

inline tell_all(what)
{
    do
    :: atomic { WAITS(1) -> state[1] = what }
    :: atomic { !WAITS(1) && WAITS(2) -> state[2] = what }
    :: atomic { !WAITS(1) && !WAITS(2) && WAITS(3) -> state[3] = what }
    :: COUNT == 0 -> break
    od
}

inline finish_phase()
{
    if
    :: phase == releasing -> tell_all(released); phase = filling
    :: phase == broken -> tell_all(failed)
    :: phase == resetting ->
        tell_all(failed);
        atomic { member[1] = false; member[2] = false; member[3] = false };
        phase = filling
    :: else
    fi;
    advance()
}

inline advance()
{
    generation++;
#ifndef NO_WAKE
    atomic { count = 3; futex_wake(count) }
#endif
}

inline enter()
{
    if
    :: atomic { owner == 0 -> owner = me }
    :: atomic { LOCK_IS_LEFT -> owner = me };
#ifdef SHORT_REPAIR
        advance()
#elif !defined(NO_REPAIR)
        finish_phase()
#else
        skip
#endif
    fi
}

inline let_go()
{
    /* One step: until the phase is set, a death here breaks the barrier, and members do not matter then. */
    atomic { member[1] = WAITS(1); member[2] = WAITS(2); member[3] = WAITS(3) };
    set_phase(releasing, released);
#ifdef NO_PHASE
    tell_all(released);
#endif
    finish_phase()
}

inline break_it()
{
    set_phase(broken, failed);
    finish_phase()
}

inline wait()
{
    isIn = false;
again:
    seen = generation;
    if
    :: !isIn ->
        enter();
        if
        :: atomic { phase == broken -> seen = 0; owner = 0; goto end }
        :: atomic { phase == filling && COUNT < PARTIES -> state[me] = waiting; fate[me] = free; isIn = true };
#ifdef EARLY_RELEASE
            if
            :: true ->
#else
            if
            :: COUNT == PARTIES && hasAction ->
                phase = running;
                owner = 0;
                /* Runs the action. */
                enter();
                if
                :: WAITS(me) -> let_go()
                :: else
                fi
            :: COUNT == PARTIES && !hasAction ->
#endif
                let_go()
            :: else
            fi
        :: else
        fi;
        owner = 0
    :: else
    fi;
    if
    :: isIn && !WAITS(me) -> seen = 0; goto over
    :: me == 1 && hasAction -> goto givingUp
    :: !isIn || WAITS(me)
    fi;
    atomic {
#ifdef BLIND_SLEEP
        asleep[me] = true
#else
        asleep[me] = (generation == seen)
#endif
    };
    if
    :: !asleep[me]
    :: SLICE(me, USEFUL)
    /* Nothing moves any more: who waits for parties that have ended gives up. */
    :: atomic { asleep[me] && generation == seen && !USEFUL && timeout ->
           assert(!LACKS_MEMBER && !DEAD_WAITER && !LOCK_IS_LEFT); asleep[me] = false; goto givingUp }
    fi;
#ifndef NO_LOOK
    if
    :: LOCK_IS_LEFT || IS_HOPELESS ->
        enter();
        if
        :: IS_HOPELESS -> break_it()
        :: else
        fi;
        owner = 0
    :: else
    fi;
#endif
    goto again;
givingUp:
    seen = 0;
    enter();
    if
    :: isIn && WAITS(me) -> break_it()
    :: !isIn && phase != broken -> break_it()
    :: else
    fi;
    owner = 0;
    if
    :: !isIn -> goto end
    :: else
    fi;
over:
    atomic {
        assert(state[me] == fate[me]);
        isIn = false;
        if
        :: state[me] == failed -> state[me] = free; goto end
        :: else -> state[me] = free
        fi
    }
}

proctype Party(byte me)
{
    byte seen, count, rounds;
    bool isIn;
    {
        rounds = (me == 3 -> 1 : 2);
next:   wait();
        rounds--;
        if
        :: rounds > 0 -> goto next
        :: else
        fi;
end:    done[me] = true
    } unless { dead[me] }
}

proctype Resetter(byte me)
{
    byte count;
    {
        enter();
        set_phase(resetting, failed);
        finish_phase();
        owner = 0;
        done[me] = true
    } unless { dead[me] }
}

init
{
    atomic {
        run Party(1);
        run Party(2);
        if
        :: run Party(3)
        :: run Resetter(3); hasAction = true
        fi
    }
}
