using Cohort.Subprocesses;
using Microsoft.Win32.SafeHandles;

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
            // Console would set the terminal as it likes.
            using FileStream input = new(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);
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
