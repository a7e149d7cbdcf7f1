namespace Cohort.Messaging;

/// <summary>Where an item lies that this process works on.</summary>
internal sealed class LeasedItem
{
    public ulong Position { get; set; }
}
