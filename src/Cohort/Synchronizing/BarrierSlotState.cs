namespace Cohort.Synchronizing;

/// <summary>What a slot of a barrier says. See the overview of <see cref="BarrierWords"/>.</summary>
internal enum BarrierSlotState
{
    Free = 0,
    Waiting = 1,
    Released = 2,
    Broken = 3,
}
