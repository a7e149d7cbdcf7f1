namespace Cohort.Synchronizing;

/// <summary>Whether a barrier can still become complete. See the overview of <see cref="BarrierWords"/>.</summary>
internal static class BarrierDeath
{
    /// <summary>A process that has ended and that a barrier waits for, or 0.</summary>
    public static int Find(BarrierWords words)
    {
        if (words.Phase is not (BarrierPhase.Filling or BarrierPhase.Running))
        {
            return 0;
        }

        long alive = 0;
        for (int slot = 0; slot < words.SlotCount; slot++)
        {
            if (words.State(slot) == BarrierSlotState.Waiting && IsDead(words.Tag(slot), ref alive))
            {
                return ProcessIdOf(words.Tag(slot));
            }
        }

        if (words.Phase == BarrierPhase.Filling)
        {
            for (int i = 0; i < words.Parties; i++)
            {
                long tag = words.Member(i);
                if (tag != 0 && IsDead(tag, ref alive))
                {
                    return HasNewcomer(words) ? 0 : ProcessIdOf(tag);
                }
            }
        }

        return 0;
    }

    /// <summary>Neighbours are often threads of one process, and to ask for a process costs a file.</summary>
    private static bool IsDead(long tag, ref long alive)
    {
        if (tag == alive || OwnedWord.IsAlive(tag))
        {
            alive = tag;
            return false;
        }

        return true;
    }

    private static bool HasNewcomer(BarrierWords words)
    {
        for (int slot = 0; slot < words.SlotCount; slot++)
        {
            if (words.State(slot) == BarrierSlotState.Waiting && !IsMember(words, words.Tag(slot)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsMember(BarrierWords words, long tag)
    {
        for (int i = 0; i < words.Parties; i++)
        {
            if (words.Member(i) == tag)
            {
                return true;
            }
        }

        return false;
    }

    private static int ProcessIdOf(long tag) => (int)tag & int.MaxValue;
}
