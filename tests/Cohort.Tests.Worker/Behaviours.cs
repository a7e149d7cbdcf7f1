namespace Cohort.Tests.Worker;

/// <summary>The behaviours that a test can ask this executable for, by name.</summary>
internal static class Behaviours
{
    private static readonly Dictionary<string, Func<string[], int>> s_byName = new(StringComparer.Ordinal)
    {
        ["exit"] = static args => int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture),
    };

    public static int Run(string name, string[] args)
    {
        if (s_byName.TryGetValue(name, out Func<string[], int>? behaviour))
        {
            return behaviour(args);
        }

        Console.Error.WriteLine($"no behaviour is named '{name}'");
        return 64;
    }
}
