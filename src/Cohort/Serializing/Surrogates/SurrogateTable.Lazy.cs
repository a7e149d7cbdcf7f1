using System.Runtime.CompilerServices;

namespace Cohort.Serializing;

/// <content>Methods that are not inlined, so that only the type that is met brings its assembly in.</content>
internal static partial class SurrogateTable
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeRegex() => new RegexSurrogate();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeAddress() => new AddressSurrogate();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeBigInteger() => new BigIntegerBody();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeExpando() => new ExpandoBody();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeJsonValue() => new JsonValueSurrogate();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeJsonArray() => new JsonArraySurrogate();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeJsonObject() => new JsonObjectSurrogate();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeJsonDocument() => new JsonDocumentSurrogate();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeJsonElement() => new JsonElementBody();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeDataTable() => new DataTableSurrogate();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeDataSet() => new DataSetSurrogate();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeXName() => new XNameSurrogate();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeXNamespace() => new XNamespaceSurrogate();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeXmlDocument() => new XmlDocumentSurrogate();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeFrozenDictionary(Type[] arguments) => New(typeof(FrozenDictionaryBody<,>), arguments);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeFrozenSet(Type[] arguments) => New(typeof(FrozenSetBody<>), arguments);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeLookup(Type[] arguments) => New(typeof(LookupBody<,>), arguments);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeGrouping(Type[] arguments) => New(typeof(GroupingSurrogate<,>), arguments);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeConcurrentStack(Type[] arguments) => New(typeof(ConcurrentStackBody<>), arguments);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeConcurrentBag(Type[] arguments) => New(typeof(ConcurrentBagBody<>), arguments);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeOrderedDictionary(Type[] arguments) => New(typeof(OrderedDictionaryBody<,,>), arguments);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeImmutableSet(Type[] arguments) => New(typeof(ImmutableSetBody<>), arguments);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Body MakeImmutableDictionary(Type[] arguments) => New(typeof(ImmutableDictionaryBody<,>), arguments);
}
