namespace Cohort.Serializing.Python.Conversion;

/// <summary>Arrays and lists, of lists and tuples.</summary>
internal sealed class SequenceConverter<T> : PythonConverter
{
    public override object Convert(PythonConversion conversion, object value, Type type)
    {
        if (value is not IReadOnlyList<object?> items || value is not (List<object?> or PythonTuple))
        {
            throw PythonConversion.Mismatch(value, type);
        }

        T[] converted = new T[items.Count];
        for (int i = 0; i < converted.Length; i++)
        {
            try
            {
                object? item = items[i];
                converted[i] = item is T fitting ? fitting : (T)conversion.Convert(item, typeof(T))!;
            }
            catch (PythonMismatchException mismatch)
            {
                throw mismatch.In($"[{i}]");
            }
        }

        return type.IsArray ? converted : new List<T>(converted);
    }
}
