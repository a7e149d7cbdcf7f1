using System.Reflection;

namespace Cohort.Serializing.Python.Conversion;

/// <summary>The tuples of .NET, of tuples; those of more than seven items have the rest in a tuple of its own.</summary>
internal sealed class TupleConverter : PythonConverter
{
    private const int MostDirectItems = 7;

    private readonly Type[] _items;
    private readonly ConstructorInvoker _constructor;
    private readonly TupleConverter? _rest;

    public TupleConverter(Type type)
    {
        _items = type.GetGenericArguments();
        _constructor = ConstructorInvoker.Create(type.GetConstructor(_items)!);
        _rest = _items.Length > MostDirectItems ? new TupleConverter(_items[MostDirectItems]) : null;
        Length = Math.Min(_items.Length, MostDirectItems) + (_rest?.Length ?? 0);
    }

    // How much one takes is up to its type; what it contains is remembered.
    public override bool Copies(object value) => false;

    private int Length { get; }

    public override object Convert(PythonConversion conversion, object value, Type type) =>
        value is PythonTuple tuple && tuple.Count == Length ? Make(conversion, tuple, 0) : throw PythonConversion.Mismatch(value, type);

    private object Make(PythonConversion conversion, PythonTuple tuple, int start)
    {
        object?[] arguments = new object?[_items.Length];
        for (int i = 0; i < arguments.Length && i < MostDirectItems; i++)
        {
            try
            {
                arguments[i] = conversion.Convert(tuple[start + i], _items[i]);
            }
            catch (PythonMismatchException mismatch)
            {
                throw mismatch.In($"[{start + i}]");
            }
        }

        if (_rest is not null)
        {
            arguments[MostDirectItems] = _rest.Make(conversion, tuple, start + MostDirectItems);
        }

        return _constructor.Invoke(arguments.AsSpan());
    }
}
