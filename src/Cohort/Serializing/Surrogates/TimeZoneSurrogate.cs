namespace Cohort.Serializing;

/// <summary>A time zone: one of the system by its name, one that was made by its rules.</summary>
internal sealed class TimeZoneSurrogate : Surrogate<TimeZoneInfo>
{
    private const byte Utc = 0;
    private const byte Named = 1;
    private const byte Local = 2;
    private const byte Made = 3;

    protected override void Write(PickleWriter writer, TimeZoneInfo value)
    {
        if (ReferenceEquals(value, TimeZoneInfo.Utc))
        {
            writer.WriteByte(Utc);
        }
        else if (TimeZoneInfo.TryFindSystemTimeZoneById(value.Id, out TimeZoneInfo? known) && known.Equals(value))
        {
            writer.WriteByte(ReferenceEquals(value, TimeZoneInfo.Local) ? Local : Named);
            writer.WriteString(value.Id);
        }
        else
        {
            writer.WriteByte(Made);
            writer.WriteString(value.ToSerializedString());
        }
    }

    protected override TimeZoneInfo Read(PickleReader reader, int id)
    {
        byte kind = reader.ReadByte();
        if (kind == Utc)
        {
            return TimeZoneInfo.Utc;
        }

        string text = reader.ReadString() ?? "";
        return kind switch
        {
            Local when TimeZoneInfo.Local.Id == text => TimeZoneInfo.Local,
            Local or Named => TimeZoneInfo.FindSystemTimeZoneById(text),
            Made => TimeZoneInfo.FromSerializedString(text),
            _ => throw new PickleException("The message names a time zone in a way that is not known."),
        };
    }
}
