using System.Collections;
using System.Runtime.InteropServices;
using Cohort.Interop;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Benchmarks.Workloads;

/// <summary>Commands by bare <c>posix_spawn</c> and <c>waitid</c>: what no library can go below.</summary>
internal static unsafe class PosixSpawnFloor
{
    /// <summary>As every library passes it on: echo reads files of the locale that it names.</summary>
    private static readonly byte** s_environment = CopyEnvironment();

    /// <summary>Microseconds of a run that does nothing, with nothing set up and no environment.</summary>
    public static double RunTrue() => SubprocessWorkloads.MicrosecondsPerRun(static () =>
    {
        fixed (byte* program = "/bin/true\0"u8)
        {
            byte** arguments = stackalloc byte*[] { program, null };
            byte** environment = stackalloc byte*[] { null };
            Reap(Spawn(program, arguments, null, environment));
        }
    });

    /// <summary>Microseconds of a run whose output is read from one pipe.</summary>
    public static double Capture() => SubprocessWorkloads.MicrosecondsPerRun(static () =>
    {
        byte* output = stackalloc byte[4096];
        (SafeFileHandle read, SafeFileHandle write) = Pipes.Create(null);
        using (read)
        {
            int process;
            using (write)
            {
                process = SpawnInto(write);
            }

            nint got = Libc.Read(read, output, 4096);
            if (got != SubprocessWorkloads.Hello.Length + 1 || Libc.Read(read, output, 4096) != 0)
            {
                throw new InvalidOperationException($"echo wrote {got} bytes");
            }

            Reap(process);
        }
    });

    private static int SpawnInto(SafeFileHandle output)
    {
        SpawnFileActions actions;
        fixed (byte* program = "/bin/echo\0"u8, word = "hello\0"u8)
        {
            byte** arguments = stackalloc byte*[] { program, word, null };
            _ = Libc.SpawnActionsInit(&actions);
            _ = Libc.SpawnActionsAddDup2(&actions, (int)output.DangerousGetHandle(), 1);
            try
            {
                return Spawn(program, arguments, &actions, s_environment);
            }
            finally
            {
                _ = Libc.SpawnActionsDestroy(&actions);
            }
        }
    }

    private static int Spawn(byte* program, byte** arguments, SpawnFileActions* actions, byte** environment)
    {
        int process;
        return Libc.PosixSpawn(&process, program, actions, null, arguments, environment) == 0
            ? process
            : throw OsError.LastToException("cannot run a program");
    }

    private static void Reap(int process)
    {
        SigInfo info;
        if (Libc.WaitId(Libc.P_PID, process, &info, Libc.WEXITED, null) != 0)
        {
            throw OsError.LastToException("cannot reap a program");
        }
    }

    private static byte** CopyEnvironment()
    {
        nint[] variables =
        [
            .. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(static x => Marshal.StringToCoTaskMemUTF8($"{x.Key}={x.Value}")),
            0,
        ];
        byte** copy = (byte**)NativeMemory.Alloc((nuint)variables.Length, (nuint)sizeof(nint));
        variables.CopyTo(new Span<nint>(copy, variables.Length));
        return copy;
    }
}
