namespace Cohort.Benchmarks.Compare;

/// <summary>One line of the comparison.</summary>
/// <param name="Name">The same in every report.</param>
/// <param name="Unit">Of both figures.</param>
/// <param name="Better">Which way the figure is better.</param>
/// <param name="Peer">Who is compared with.</param>
/// <param name="Bar">What must be reached; null for a row that only reports.</param>
/// <param name="Measure">Our side, once.</param>
internal sealed record Row(string Name, string Unit, Better Better, PeerKind Peer, Bar? Bar, Func<double> Measure)
{
    /// <summary>The peer's side when the peer is .NET's own.</summary>
    public Func<double>? MeasurePeer { get; init; }

    /// <summary>The peer's row when it has another name.</summary>
    public string? PeerName { get; init; }

    /// <summary>Whether each side is measured in a process of its own: its figure depends on what else happened in its process.</summary>
    public bool IsMeasuredAlone { get; init; } = Peer is PeerKind.Process or PeerKind.CliWrap or PeerKind.MedallionShell;
}
