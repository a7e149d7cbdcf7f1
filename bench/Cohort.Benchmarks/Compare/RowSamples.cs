namespace Cohort.Benchmarks.Compare;

/// <summary>What the rounds measured for one row.</summary>
internal sealed class RowSamples(Row row)
{
    private readonly List<double> _ours = [];
    private readonly List<double> _peer = [];

    public Row Row => row;

    public void AddOurs(double value) => _ours.Add(Checked(value));

    public void AddPeer(double value) => _peer.Add(Checked(value));

    public RowResult Summarize() => new(row, Median(_ours), _peer.Count == 0 ? null : Median(_peer));

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private double Checked(double value) =>
        double.IsFinite(value) ? value : throw new InvalidOperationException($"{row.Name} measured {value}");
}
