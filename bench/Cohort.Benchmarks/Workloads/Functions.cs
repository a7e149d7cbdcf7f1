namespace Cohort.Benchmarks.Workloads;

/// <summary>What the workers run: the same as in <c>cpython_bench.py</c>.</summary>
internal static class Functions
{
    /// <summary>The result is wider than the argument, as Python's integers have no limit.</summary>
    public static long Square(int number) => (long)number * number;

    public static double Total(double[] numbers)
    {
        double total = 0;
        foreach (double number in numbers)
        {
            total += number;
        }

        return total;
    }

    public static void Nothing()
    {
    }
}
