using System.Collections.Concurrent;

namespace Cohort.Serializing;

/// <summary>A place with a static type, for callers that do not know the type when they are compiled.</summary>
internal abstract class Slot
{
    private static readonly ConcurrentDictionary<Type, Slot> s_slots = new();

    public abstract void WriteBoxed(PickleWriter writer, object? value);

    public abstract object? ReadBoxed(PickleReader reader);

    public static Slot For(Type type)
    {
        if (s_slots.TryGetValue(type, out Slot? slot))
        {
            return slot;
        }

        slot = (Slot)Generic.Field(typeof(Slot<>), nameof(Slot<int>.Instance), type);
        return type.IsCollectible ? slot : s_slots.GetOrAdd(type, slot);
    }
}
