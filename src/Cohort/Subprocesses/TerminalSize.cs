using System.Globalization;
using Cohort.Interop;

namespace Cohort.Subprocesses;

/// <summary>How much a terminal shows.</summary>
/// <param name="Columns">Characters in a line, up to 65535; 0 when nobody knows.</param>
/// <param name="Rows">Lines, up to 65535; 0 when nobody knows.</param>
public readonly record struct TerminalSize(int Columns, int Rows)
{
    /// <summary>80 × 24.</summary>
    public static TerminalSize Default => new(80, 24);

    /// <summary>Such as <c>80x24</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Columns}x{Rows}");

    internal static TerminalSize From(WinSize size) => new(size.Columns, size.Rows);

    /// <exception cref="ArgumentOutOfRangeException">A number is negative or above 65535.</exception>
    internal WinSize Validated()
    {
        ThrowIfOutside(Columns, nameof(Columns));
        ThrowIfOutside(Rows, nameof(Rows));
        return new WinSize { Columns = (ushort)Columns, Rows = (ushort)Rows };
    }

    private static void ThrowIfOutside(int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, ushort.MaxValue, name);
    }
}
