namespace Cohort.Serializing;

internal static partial class SurrogateTable
{
    private static Body? ForGeneric(string name, Type type, Type current, Type[] arguments) =>
        name.StartsWith("System.ValueTuple`", StringComparison.Ordinal) ? null : ForOtherGeneric(name, type, current, arguments);

    private static Body? ForOtherGeneric(string name, Type type, Type current, Type[] arguments) => name switch
    {
        "System.Nullable`1" => New(typeof(NullableBody<>), arguments),
        "System.Memory`1" => New(typeof(MemoryBody<>), arguments),
        "System.ReadOnlyMemory`1" => New(typeof(ReadOnlyMemoryBody<>), arguments),
        "System.Collections.Generic.Dictionary`2" => New(typeof(DictionaryBody<,,>), [type, .. arguments]),
        "System.Collections.Generic.HashSet`1" => New(typeof(SetBody<,>), [type, .. arguments]),
        "System.Collections.Generic.OrderedDictionary`2" => MakeOrderedDictionary([type, .. arguments]),
        "System.Collections.Concurrent.ConcurrentDictionary`2" => New(typeof(ConcurrentDictionaryBody<,,>), [type, .. arguments]),
        "System.Collections.Generic.EqualityComparer`1" => ForDefault(typeof(EqualityComparer<>), typeof(EqualityComparerSurrogate<>), type, arguments),
        "System.Collections.Generic.Comparer`1" => ForDefault(typeof(Comparer<>), typeof(ComparerSurrogate<>), type, arguments),
        "System.Collections.Frozen.FrozenDictionary`2" => MakeFrozenDictionary(arguments),
        "System.Collections.Frozen.FrozenSet`1" => MakeFrozenSet(arguments),
        "System.Linq.Lookup`2" => MakeLookup(arguments),
        "System.Linq.Grouping`2" or "System.Linq.IGrouping`2" => MakeGrouping(arguments),
        _ => current == type ? ForExactGeneric(name, arguments) : null,
    };

    /// <summary>Derived classes of these are copied by fields, which is right for them as long as nobody else changes them meanwhile.</summary>
    private static Body? ForExactGeneric(string name, Type[] arguments) => name switch
    {
        "System.Collections.Generic.List`1" => New(typeof(ListBody<>), arguments),
        "System.Collections.Concurrent.ConcurrentQueue`1" => New(typeof(ConcurrentQueueBody<>), arguments),
        "System.Collections.Concurrent.ConcurrentStack`1" => MakeConcurrentStack(arguments),
        "System.Collections.Concurrent.ConcurrentBag`1" => MakeConcurrentBag(arguments),
        "System.Collections.Immutable.ImmutableHashSet`1" => MakeImmutableSet(arguments),
        "System.Collections.Immutable.ImmutableDictionary`2" => MakeImmutableDictionary(arguments),
        _ => null,
    };

    private static Body New(Type definition, Type[] arguments) => (Body)Generic.New(definition, arguments);

    /// <summary>A surrogate for the comparer that every process has one of; others are objects like all.</summary>
    private static Body? ForDefault(Type comparer, Type surrogate, Type type, Type[] arguments)
    {
        bool isDefault = type == comparer.MakeGenericType(arguments)
            || Generic.Property(comparer, "Default", arguments).GetType() == type;
        return isDefault ? New(surrogate, arguments) : null;
    }
}
