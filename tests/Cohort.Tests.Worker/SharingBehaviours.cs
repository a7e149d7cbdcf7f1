using System.Text;
using Cohort.Interop;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Worker;

/// <summary>Processes that share memory, words to wait on, and sockets with the test.</summary>
internal static unsafe class SharingBehaviours
{
    public static Dictionary<string, Func<string[], int>> All { get; } = new(StringComparer.Ordinal)
    {
        ["futex-answer"] = static args => FutexAnswer(ProcessBehaviours.Number(args[0]), ProcessBehaviours.Number(args[1])),
        ["control-echo"] = static args => ControlEcho(ProcessBehaviours.Number(args[0])),
        ["watch-parent"] = static _ => WatchParent(),
    };

    /// <summary>Waits for word 0 to pass each number from 0 on, and answers each in word 16.</summary>
    private static int FutexAnswer(int descriptor, int rounds)
    {
        using SharedPages pages = SharedPages.Open(new SafeFileHandle(descriptor, ownsHandle: true));
        ref int question = ref *(int*)pages.Address;
        ref int answer = ref ((int*)pages.Address)[16];
        for (int round = 0; round < rounds; round++)
        {
            while (Volatile.Read(ref question) == round)
            {
                if (!AddressWaiter.Instance.Wait(ref question, round, 20_000))
                {
                    return 75;
                }
            }

            Volatile.Write(ref answer, round + 1);
            AddressWaiter.Instance.Wake(ref answer, 1);
        }

        return 0;
    }

    /// <summary>Sends every message back, with its own id in a first message; writes "seen" into each descriptor it gets.</summary>
    private static int ControlEcho(int descriptor)
    {
        using ControlSocket socket = ControlSocket.FromDescriptor(new SafeFileHandle(descriptor, ownsHandle: true));
        socket.Send(BitConverter.GetBytes(Libc.GetPid()));
        byte[] buffer = new byte[64 * 1024];
        while (true)
        {
            List<SafeFileHandle> handles = [];
            int length = socket.Receive(buffer, handles);
            if (length == 0)
            {
                return 0;
            }

            foreach (SafeFileHandle handle in handles)
            {
                using FileStream stream = new(handle, FileAccess.Write, bufferSize: 0);
                stream.Write(Encoding.ASCII.GetBytes("seen"));
            }

            socket.Send(buffer.AsSpan(0, length));
        }
    }

    /// <summary>Ends with 0 when its parent does.</summary>
    private static int WatchParent()
    {
        using ProcessWatch parent = ProcessWatch.Open(Libc.GetPPid());
        Console.Out.WriteLine("ready");
        Console.Out.Flush();
        return parent.Exit.Wait(TimeSpan.FromSeconds(30)) ? 0 : 75;
    }
}
