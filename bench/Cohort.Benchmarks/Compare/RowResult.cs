namespace Cohort.Benchmarks.Compare;

/// <summary>A row's figures: medians over the rounds. No peer: the row has none, or it could not be run.</summary>
internal sealed record RowResult(Row Row, double Ours, double? Peer)
{
    public double? Ratio => Ours / Peer;

    public bool? IsMet => Row.Bar?.IsMet(Row.Better, Ours, Peer);
}
