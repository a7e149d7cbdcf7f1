using System.Globalization;

namespace Cohort.Serializing;

/// <summary>A comparer of strings that knows a culture; the ordinal ones are <see cref="Singletons"/>.</summary>
internal sealed class StringComparerSurrogate : Surrogate<StringComparer>
{
    protected override void Write(PickleWriter writer, StringComparer value)
    {
        if (!StringComparer.IsWellKnownCultureAwareComparer(value, out CompareInfo? info, out CompareOptions options))
        {
            throw writer.Refuse($"{TypeDisplay.Of(value.GetType())} cannot cross processes");
        }

        writer.WriteString(info.Name);
        writer.WriteInt32((int)options);
    }

    protected override StringComparer Read(PickleReader reader, int id)
    {
        string name = reader.ReadString() ?? "";
        CompareOptions options = (CompareOptions)reader.ReadInt32();
        return (name, options) switch
        {
            ("", CompareOptions.None) => StringComparer.InvariantCulture,
            ("", CompareOptions.IgnoreCase) => StringComparer.InvariantCultureIgnoreCase,
            _ => StringComparer.Create(CultureInfo.GetCultureInfo(name), options),
        };
    }
}
