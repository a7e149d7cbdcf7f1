namespace Cohort.Serializing.Python.Conversion;

/// <summary>What came from Python, as the type that a receiver asks for.</summary>
/// <remarks>
/// Integers become any integer type they fit into, floats and integers any floating one; lists and tuples become arrays and
/// lists, tuples those of .NET, dictionaries and sets ones of the right types. Text stays text: nothing is parsed. What is
/// shared in the message is shared in the result.
/// </remarks>
internal static class PythonValue
{
    /// <summary>The value as another type.</summary>
    /// <param name="value">As <see cref="PythonPickle.Loads"/> gave it.</param>
    /// <param name="isPython2">Whether a text may have been meant for bytes: Python 2 has one type for both.</param>
    /// <exception cref="InvalidCastException">It is not of that type, or does not fit. The message says which part.</exception>
    public static T To<T>(object? value, bool isPython2 = false)
    {
        // What is a T already stays as it is; a null is one where there is a null.
        if (value is T fitting)
        {
            return fitting;
        }

        try
        {
            return (T)new PythonConversion(isPython2).Convert(value, typeof(T))!;
        }
        catch (PythonMismatchException mismatch)
        {
            throw new InvalidCastException($"What came from Python is no {TypeDisplay.Of(typeof(T))}: {mismatch.Message}", mismatch);
        }
    }
}
