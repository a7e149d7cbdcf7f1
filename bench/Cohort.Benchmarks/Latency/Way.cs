namespace Cohort.Benchmarks.Latency;

/// <summary>A way for an integer to another process and back.</summary>
/// <param name="Name">What is used.</param>
/// <param name="Calls">How it is called.</param>
/// <param name="Spinning">Whether who waits looks again and again before sleeping.</param>
/// <param name="Measure">Microseconds of each of so many round trips.</param>
internal sealed record Way(string Name, string Calls, string Spinning, Func<int, double[]> Measure)
{
    private readonly List<double> _trips = [];

    public void Add(int trips) => _trips.AddRange(Measure(trips));

    /// <summary>The line of the table.</summary>
    public string[] Describe()
    {
        double[] sorted = [.. _trips.Order()];
        return [Name, Calls, Spinning, .. new[] { 0.5, 0.99, 0.999, 1 }.Select(part => Compare.MarkdownTable.Figure(Percentile(sorted, part)))];
    }

    /// <summary>The least value that so large a part of all does not exceed.</summary>
    private static double Percentile(double[] sorted, double part) => sorted[Math.Max((int)Math.Ceiling(part * sorted.Length) - 1, 0)];
}
