using System.Text.RegularExpressions;

namespace Cohort.Serializing;

/// <summary>A regular expression by pattern, options and timeout; its program is made anew.</summary>
internal sealed class RegexSurrogate : Surrogate<Regex>
{
    protected override void Write(PickleWriter writer, Regex value)
    {
        writer.WriteString(value.ToString());
        writer.WriteInt32((int)value.Options);
        writer.WriteInt64(value.MatchTimeout.Ticks);
    }

    protected override Regex Read(PickleReader reader, int id)
    {
        string pattern = reader.ReadString() ?? "";
        RegexOptions options = (RegexOptions)reader.ReadInt32();
        return new Regex(pattern, options, new TimeSpan(reader.ReadInt64()));
    }
}
