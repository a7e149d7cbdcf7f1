using Cohort.Interop;
using Cohort.Sharing;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Worker;

/// <summary>Processes that make shared memory when something is short, or while they are being killed.</summary>
internal static class SharedMemoryBehaviours
{
    private const int Unexpected = 70;

    public static Dictionary<string, Func<string[], int>> All { get; } = new(StringComparer.Ordinal)
    {
        ["share-half"] = static args => ShareHalf(args[0]),
        ["share-and-stay"] = static args => ShareAndStay(args[0]),
        ["share-without-descriptors"] = static _ => ShareWithoutDescriptors(),
        ["share-without-room"] = static args => ShareWithoutRoom(ProcessBehaviours.Number(args[0])),
    };

    /// <summary>Never finishes to make the memory.</summary>
    private static int ShareHalf(string name)
    {
        SharedMemory.Create(100_000, name, UnixFileMode.UserRead | UnixFileMode.UserWrite, static memory =>
        {
            memory.Span[..50_000].Fill(1);
            ProcessBehaviours.Forever("half");
        });
        return Unexpected;
    }

    private static int ShareAndStay(string name)
    {
        using SharedMemory memory = SharedMemory.OpenOrCreate(name, 1000);
        memory.Span[7] = 42;
        return ProcessBehaviours.Forever("whole");
    }

    private static int ShareWithoutDescriptors()
    {
        // Once with descriptors, so that what the runtime has to load is loaded.
        string name = $"cohort-test-{Guid.NewGuid():N}";
        FaultOf(() => SharedMemory.Open(name));
        SharedMemory.Create(1, name).Dispose();
        SharedMemory.Open(name).Unlink();

        Stack<SafeFileHandle> fillers = new();
        SafeFileHandle filler = Libc.Open("/dev/null", Libc.O_RDONLY | Libc.O_CLOEXEC);
        while (!filler.IsInvalid)
        {
            fillers.Push(filler);
            filler = Libc.Open("/dev/null", Libc.O_RDONLY | Libc.O_CLOEXEC);
        }

        string made = FaultOf(static () => SharedMemory.Create(1));
        string opened = FaultOf(() => SharedMemory.Open(name));
        bool isTold = DeathBell.Family != 0;
        while (fillers.TryPop(out SafeFileHandle? left))
        {
            left.Dispose();
        }

        Console.Out.WriteLine(made);
        Console.Out.WriteLine(opened);
        using SharedMemory afterwards = SharedMemory.Create(1);
        afterwards.Unlink();

        // Without its page a process goes on, and looks around for the dead by itself until there is one.
        return !isTold && DeathBell.Family != 0 ? 0 : Unexpected;
    }

    /// <summary>Where /dev/shm has this many bytes: more than that is refused, all of it can be used, and nothing is left.</summary>
    private static int ShareWithoutRoom(int room)
    {
        Console.Out.WriteLine(FaultOf(() => SharedMemory.Create(room + 1L)));
        using SharedMemory most = SharedMemory.Create(room / 2, "most");
        Console.Out.WriteLine(FaultOf(() => SharedMemory.Create(room, "more")));
        Console.Out.WriteLine(FaultOf(() => SharedMemory.Create(room, "most")));
        most.Span.Fill(255);
        string[] names = [.. Directory.EnumerateFileSystemEntries("/dev/shm").Select(static path => Path.GetFileName(path))];
        return names is ["most"] ? 0 : Unexpected;
    }

    private static string FaultOf(Func<SharedMemory> make)
    {
        try
        {
            using SharedMemory memory = make();
            return "none";
        }
        catch (IOException fault)
        {
            return $"{fault.GetType().Name}: {fault.Message}";
        }
    }
}
