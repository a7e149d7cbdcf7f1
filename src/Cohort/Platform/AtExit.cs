using System.Diagnostics;

namespace Cohort.Platform;

/// <summary>What is done when this process ends in order, by the way of the runtime or by the shorter one of a worker.</summary>
internal static class AtExit
{
    private static readonly Lock s_gate = new();

    /// <summary>Null until there is something to be done: every worker comes by at its end.</summary>
    private static HashSet<Action>? s_actions;

    public static void Add(Action action)
    {
        lock (s_gate)
        {
            if (s_actions is null)
            {
                s_actions = [];
                AppDomain.CurrentDomain.ProcessExit += static (_, _) => Run();
            }

            s_actions.Add(action);
        }
    }

    public static void Remove(Action action)
    {
        lock (s_gate)
        {
            s_actions?.Remove(action);
        }
    }

    /// <summary>Does it now, and not again.</summary>
    public static void Run()
    {
        Action[] actions;
        lock (s_gate)
        {
            if (s_actions is null)
            {
                return;
            }

            actions = [.. s_actions];
            s_actions.Clear();
        }

        foreach (Action action in actions)
        {
            try
            {
                action();
            }
            catch (Exception e)
            {
                Trace.TraceError($"Cohort: what was to be done at the end of the process failed: {e}");
            }
        }
    }
}
