namespace Cohort.Tests.Worker;

/// <summary>The behaviours that a test can ask this executable for, by name; each group stands in a file of its own.</summary>
internal static class Behaviours
{
    private static readonly Dictionary<string, Func<string[], int>>[] s_groups =
    [
        ProcessBehaviours.All,
        LaunchBehaviours.All,
        SharingBehaviours.All,
        SharedMemoryBehaviours.All,
        LockBehaviours.All,
        RingBehaviours.All,
        ConnectionBehaviours.All,
        WorkerHostBehaviours.All,
        WorkerTreeBehaviours.All,
        TerminalBehaviours.All,
    ];

    public static int Run(string name, string[] args)
    {
        foreach (Dictionary<string, Func<string[], int>> group in s_groups)
        {
            if (group.TryGetValue(name, out Func<string[], int>? behaviour))
            {
                return behaviour(args);
            }
        }

        Console.Error.WriteLine($"no behaviour is named '{name}'");
        return 64;
    }
}
