using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Sharing;

namespace Cohort.Tests;

/// <summary>What a test could leave behind: descriptors, children (zombies included), names in /dev/shm.</summary>
internal sealed record Leaks(
    IReadOnlyDictionary<string, string> Descriptors, IReadOnlyList<string> Children, IReadOnlyList<string> SharedNames)
{
    private static readonly TimeSpan s_settleTime = TimeSpan.FromSeconds(30);

    /// <summary>What is there now, after whatever is opened once and for all has been opened.</summary>
    public static Leaks Snapshot()
    {
        using (ChildProcess warmUp = ProcessLauncher.Instance.Launch(new LaunchRequest { FileName = "true", Arguments = ["true"] }))
        {
            warmUp.Exit.Wait(s_settleTime);
        }

        // So does the framework, for the first socket.
        WarmUpSockets();

        // The slab that small shared objects go to is kept.
        new RawSharedValue<int>().Dispose();

        // So are the watch for hang-ups, and the socket where sent handles are fetched.
        using (ConnectionPair pair = ConnectionPair.Create())
        {
            HandleSharer.Withdraw(HandleSharer.Share([pair.First.Handle]));
        }

        return Take();
    }

    /// <summary>Fails when there is more than before, also after a time to settle.</summary>
    public static void AssertNone(Leaks before)
    {
        long start = Stopwatch.GetTimestamp();
        string? report = Compare(before, Take());
        while (report is not null && Stopwatch.GetElapsedTime(start) < s_settleTime)
        {
            Thread.Sleep(10);
            report = Compare(before, Take());
        }

        Assert.True(report is null, report);
    }

    private static void WarmUpSockets()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Task<int> received = socket.ReceiveAsync(new byte[1]);
        socket.SendTo([1], socket.LocalEndPoint!);
        received.Wait(s_settleTime);
    }

    private static string? Compare(Leaks before, Leaks after)
    {
        string[] children = [.. after.Children.Except(before.Children)];
        string[] names = [.. after.SharedNames.Except(before.SharedNames)];
        if (children.Length > 0 || names.Length > 0)
        {
            return $"left behind: children [{string.Join(", ", children)}], in /dev/shm [{string.Join(", ", names)}]";
        }

        // By number: the same descriptor number may well refer to something else that was opened for one that was closed.
        IEnumerable<string> descriptors = after.Descriptors.Except(before.Descriptors).Select(static pair => $"{pair.Key} → {pair.Value}");
        return after.Descriptors.Count > before.Descriptors.Count
            ? $"left behind: {after.Descriptors.Count - before.Descriptors.Count} descriptors, of these [{string.Join(", ", descriptors)}]"
            : null;
    }

    private static Leaks Take()
    {
        Dictionary<string, string> descriptors = [];
        foreach (string path in Directory.GetFileSystemEntries("/proc/self/fd"))
        {
            // The descriptor that did the listing is among them, and gone. Libraries and symbols, which the runtime keeps
            // open from their first use on, are nobody's leak.
            if (new FileInfo(path).LinkTarget is { } target && Path.GetExtension(target) is not (".dll" or ".pdb" or ".so" or ".dat"))
            {
                descriptors[Path.GetFileName(path)] = target;
            }
        }

        return new Leaks(
            descriptors,
            [.. ProcessTree.DescendantsOf(Environment.ProcessId).Select(static child => $"{child.Identity.ProcessId} {child.Name} {child.State}")],
            Directory.Exists("/dev/shm") ? Directory.GetFileSystemEntries("/dev/shm") : []);
    }
}
