namespace Cohort.Serializing.Python.Conversion;

/// <summary>Dictionaries, of dictionaries.</summary>
internal sealed class DictionaryConverter<TKey, TValue> : PythonConverter
    where TKey : notnull
{
    public override object Convert(PythonConversion conversion, object value, Type type)
    {
        if (value is not Dictionary<object, object?> items)
        {
            throw PythonConversion.Mismatch(value, type);
        }

        Dictionary<TKey, TValue> converted = new(items.Count);
        foreach ((object key, object? item) in items)
        {
            TKey convertedKey;
            try
            {
                convertedKey = (TKey)conversion.Convert(key, typeof(TKey))!;
            }
            catch (PythonMismatchException mismatch)
            {
                throw mismatch.In(", a key");
            }

            try
            {
                if (!converted.TryAdd(convertedKey, (TValue)conversion.Convert(item, typeof(TValue))!))
                {
                    throw new PythonMismatchException($"another key is the same as a {TypeDisplay.Of(typeof(TKey))}.");
                }
            }
            catch (PythonMismatchException mismatch)
            {
                throw mismatch.In(key is string text ? $"[\"{text}\"]" : $"[{key}]");
            }
        }

        return converted;
    }
}
