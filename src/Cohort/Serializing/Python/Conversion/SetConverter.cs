using System.Collections.Frozen;

namespace Cohort.Serializing.Python.Conversion;

/// <summary>Sets and frozen sets, each of both.</summary>
internal sealed class SetConverter<T> : PythonConverter
{
    public override object Convert(PythonConversion conversion, object value, Type type)
    {
        if (value is not IReadOnlySet<object?> items || value is not (HashSet<object?> or FrozenSet<object?>))
        {
            throw PythonConversion.Mismatch(value, type);
        }

        HashSet<T> converted = new(items.Count);
        foreach (object? item in items)
        {
            try
            {
                if (!converted.Add((T)conversion.Convert(item, typeof(T))!))
                {
                    throw new PythonMismatchException($"another item is the same as a {TypeDisplay.Of(typeof(T))}.");
                }
            }
            catch (PythonMismatchException mismatch)
            {
                throw mismatch.In(", an item");
            }
        }

        return type.IsGenericType && type.GetGenericTypeDefinition() == typeof(FrozenSet<>) ? converted.ToFrozenSet() : converted;
    }
}
