using Cohort.Subprocesses;

namespace Cohort.Tests.Worker;

/// <summary>What a program does with the terminal that it was started on.</summary>
internal static class TerminalBehaviours
{
    public static Dictionary<string, Func<string[], int>> All { get; } = new()
    {
        ["interact"] = static args => Pty.Run(args),
        ["interact-escape"] = static args => Pty.Run(args, interact: new() { EscapeKey = ']' }),
        ["raw-mode"] = RawModeUntilAByte,
    };

    private static int RawModeUntilAByte(string[] args)
    {
        using (RawMode.Enter(Enum.Parse<TerminalMode>(args[0])))
        {
            using Stream output = Console.OpenStandardOutput();
            using Stream input = Console.OpenStandardInput();
            output.Write("set "u8);
            int got = input.ReadByte();
            output.Write(System.Text.Encoding.ASCII.GetBytes($"got {got} "));
            if (args.Contains("exit"))
            {
                // The guard is not disposed by its user.
                Environment.Exit(3);
            }
        }

        return 0;
    }
}
