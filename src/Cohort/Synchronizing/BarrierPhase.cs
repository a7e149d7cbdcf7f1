namespace Cohort.Synchronizing;

/// <summary>What goes on at a barrier. See the overview of <see cref="BarrierWords"/>.</summary>
internal enum BarrierPhase
{
    /// <summary>Parties are coming.</summary>
    Filling = 0,

    /// <summary>All are there, and one of them runs the action.</summary>
    Running = 1,

    /// <summary>All who wait are being let go.</summary>
    Releasing = 2,

    /// <summary>All who wait were told, or are being told, and whoever comes is.</summary>
    Broken = 3,

    /// <summary>All who wait are being told; then it is whole.</summary>
    Resetting = 4,
}
