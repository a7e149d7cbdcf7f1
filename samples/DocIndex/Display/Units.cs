using System.Globalization;

namespace Cohort.Samples.DocIndex.Display;

/// <summary>Numbers as the report shows them, the same in every culture.</summary>
internal static class Units
{
    public static string Mebibytes(long bytes) => (bytes / 1048576.0).ToString("F1", CultureInfo.InvariantCulture);

    public static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("F3", CultureInfo.InvariantCulture);

    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Ratio(double value) => value.ToString("F2", CultureInfo.InvariantCulture);
}
