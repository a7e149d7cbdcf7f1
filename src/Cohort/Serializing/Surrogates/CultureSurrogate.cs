using System.Globalization;

namespace Cohort.Serializing;

/// <summary>A culture by name, and the formats of one that was changed.</summary>
internal sealed class CultureSurrogate : Surrogate<CultureInfo>
{
    private const byte AsTheSystemHasIt = 0;
    private const byte Changed = 1;
    private const byte ChangedAndReadOnly = 2;

    protected override void Write(PickleWriter writer, CultureInfo value)
    {
        writer.WriteString(value.Name);
        if (IsAsTheSystemHasIt(value))
        {
            writer.WriteByte(AsTheSystemHasIt);
            return;
        }

        writer.WriteByte(value.IsReadOnly ? ChangedAndReadOnly : Changed);

        writer.Write(value.NumberFormat);
        writer.WriteString(value.TextInfo.ListSeparator);
        DateTimeFormatInfo dates = value.DateTimeFormat;
        writer.Write(dates.Calendar);
        foreach (string pattern in (ReadOnlySpan<string>)
            [
                dates.ShortDatePattern, dates.LongDatePattern, dates.ShortTimePattern, dates.LongTimePattern,
                dates.FullDateTimePattern, dates.MonthDayPattern, dates.YearMonthPattern, dates.DateSeparator,
                dates.TimeSeparator, dates.AMDesignator, dates.PMDesignator,
            ])
        {
            writer.WriteString(pattern);
        }

        foreach (string[] names in (ReadOnlySpan<string[]>)
            [
                dates.DayNames, dates.AbbreviatedDayNames, dates.ShortestDayNames, dates.MonthNames, dates.AbbreviatedMonthNames,
                dates.MonthGenitiveNames, dates.AbbreviatedMonthGenitiveNames,
            ])
        {
            writer.Write(names);
        }

        writer.WriteByte((byte)dates.FirstDayOfWeek);
        writer.WriteByte((byte)dates.CalendarWeekRule);
    }

    protected override CultureInfo Read(PickleReader reader, int id)
    {
        string name = reader.ReadString() ?? "";
        byte state = reader.ReadByte();
        if (state == AsTheSystemHasIt)
        {
            return name.Length == 0 ? CultureInfo.InvariantCulture : CultureInfo.GetCultureInfo(name);
        }

        CultureInfo culture = new(name, useUserOverride: false) { NumberFormat = reader.Read<NumberFormatInfo>() };
        culture.TextInfo.ListSeparator = Text(reader);
        DateTimeFormatInfo dates = culture.DateTimeFormat;

        // Comes first, as it gives the others its defaults.
        dates.Calendar = reader.Read<Calendar>();
        dates.ShortDatePattern = Text(reader);
        dates.LongDatePattern = Text(reader);
        dates.ShortTimePattern = Text(reader);
        dates.LongTimePattern = Text(reader);
        dates.FullDateTimePattern = Text(reader);
        dates.MonthDayPattern = Text(reader);
        dates.YearMonthPattern = Text(reader);
        dates.DateSeparator = Text(reader);
        dates.TimeSeparator = Text(reader);
        dates.AMDesignator = Text(reader);
        dates.PMDesignator = Text(reader);
        dates.DayNames = reader.Read<string[]>();
        dates.AbbreviatedDayNames = reader.Read<string[]>();
        dates.ShortestDayNames = reader.Read<string[]>();
        dates.MonthNames = reader.Read<string[]>();
        dates.AbbreviatedMonthNames = reader.Read<string[]>();
        dates.MonthGenitiveNames = reader.Read<string[]>();
        dates.AbbreviatedMonthGenitiveNames = reader.Read<string[]>();
        dates.FirstDayOfWeek = (DayOfWeek)reader.ReadByte();
        dates.CalendarWeekRule = (CalendarWeekRule)reader.ReadByte();
        return state == ChangedAndReadOnly ? CultureInfo.ReadOnly(culture) : culture;
    }

    /// <summary>One that is read-only may have been changed before.</summary>
    private static bool IsAsTheSystemHasIt(CultureInfo value) => value.IsReadOnly
        && (ReferenceEquals(value, CultureInfo.InvariantCulture) || ReferenceEquals(value, CultureInfo.InstalledUICulture)
            || ReferenceEquals(value, CultureInfo.GetCultureInfo(value.Name)));

    private static string Text(PickleReader reader) => reader.ReadString() ?? "";
}
