namespace Cohort.Serializing;

/// <summary>What a reference slot starts with.</summary>
internal static class SlotTag
{
    public const byte Null = 0;

    /// <summary>A new object of exactly the slot's static type.</summary>
    public const byte Exact = 1;

    /// <summary>A new object; its type follows.</summary>
    public const byte Other = 2;

    /// <summary>A string follows.</summary>
    public const byte Text = 3;

    /// <summary>As <see cref="Exact"/>, but only what it takes to allocate the object; the content follows after the slot.</summary>
    public const byte DeferredExact = 4;

    /// <summary>As <see cref="Other"/>, likewise.</summary>
    public const byte DeferredOther = 5;

    /// <summary>This and more: an object that the message has already, by its number.</summary>
    public const uint FirstReference = 6;
}
