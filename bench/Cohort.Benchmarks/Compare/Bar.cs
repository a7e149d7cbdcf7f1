using System.Globalization;

namespace Cohort.Benchmarks.Compare;

/// <summary>What a row must reach: a multiple of the peer's figure, or a figure of its own.</summary>
internal sealed record Bar
{
    private Bar(double limit, bool isRatio)
    {
        Limit = limit;
        IsRatio = isRatio;
    }

    public double Limit { get; }

    public bool IsRatio { get; }

    /// <summary>Ours divided by the peer's is at least (higher is better) or at most (lower is better) this.</summary>
    public static Bar Ratio(double limit) => new(limit, isRatio: true);

    /// <summary>Ours is at least or at most this, whatever the peer does.</summary>
    public static Bar Figure(double limit) => new(limit, isRatio: false);

    /// <summary>Null when there is nothing to compare with.</summary>
    public bool? IsMet(Better better, double ours, double? peer)
    {
        double? value = IsRatio ? ours / peer : ours;
        return value is null ? null : better == Better.Higher ? value >= Limit : value <= Limit;
    }

    public string Describe(Better better) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(better == Better.Higher ? ">=" : "<=")} {Limit}{(IsRatio ? "x" : "")}");
}
