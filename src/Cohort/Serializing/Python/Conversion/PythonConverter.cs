using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Runtime.CompilerServices;

namespace Cohort.Serializing.Python.Conversion;

/// <summary>Makes values of one type of what Python sends.</summary>
internal abstract class PythonConverter
{
    private static readonly ConcurrentDictionary<Type, PythonConverter> s_converters = new();

    /// <summary>Those for types of collectible assemblies, which must not be kept alive.</summary>
    private static readonly ConditionalWeakTable<Type, PythonConverter> s_collectible = [];

    /// <summary>Whether it makes a new object of this one, which a message may share and which may be large.</summary>
    public virtual bool Copies(object value) => true;

    public static PythonConverter For(Type type) =>
        type.IsCollectible ? s_collectible.GetValue(type, Find) : s_converters.GetOrAdd(type, Find);

    /// <summary>The value as the type, of which it is not yet.</summary>
    /// <exception cref="PythonMismatchException">It is not of that type.</exception>
    public abstract object Convert(PythonConversion conversion, object value, Type type);

    private static PythonConverter Find(Type type)
    {
        if (type.IsSZArray && type != typeof(byte[]))
        {
            return New(typeof(SequenceConverter<>), type.GetElementType()!);
        }

        if (!type.IsGenericType || type == typeof(Memory<byte>) || type == typeof(ReadOnlyMemory<byte>))
        {
            return ScalarConverter.Instance;
        }

        Type[] arguments = type.GetGenericArguments();
        if (type.IsAssignableTo(typeof(ITuple)) && type.Assembly == typeof(ValueTuple).Assembly)
        {
            return new TupleConverter(type);
        }

        Type definition = type.GetGenericTypeDefinition();
        if (definition == typeof(List<>) || definition == typeof(IList<>) || definition == typeof(ICollection<>) || definition == typeof(IEnumerable<>)
            || definition == typeof(IReadOnlyList<>) || definition == typeof(IReadOnlyCollection<>))
        {
            return New(typeof(SequenceConverter<>), arguments);
        }

        if (definition == typeof(Dictionary<,>) || definition == typeof(IDictionary<,>) || definition == typeof(IReadOnlyDictionary<,>))
        {
            return New(typeof(DictionaryConverter<,>), arguments);
        }

        return definition == typeof(HashSet<>) || definition == typeof(ISet<>) || definition == typeof(IReadOnlySet<>) || definition == typeof(FrozenSet<>)
            ? New(typeof(SetConverter<>), arguments)
            : ScalarConverter.Instance;
    }

    private static PythonConverter New(Type definition, params Type[] arguments) => (PythonConverter)Generic.New(definition, arguments);
}
