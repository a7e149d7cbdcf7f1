using System.Runtime.InteropServices;
using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Sharing;
using Cohort.Tests.Support;
using Cohort.Utils;

namespace Cohort.Tests.Messaging;

/// <content>What the workers do.</content>
public sealed partial class ConnectionFaultTests
{
    private static void SayHelloAndStay(Connection connection)
    {
        connection.Send("hello");
        Thread.Sleep(Timeout.Infinite);
    }

    private static void SendHalf(Connection connection) => connection.Transport.TrySend(
        new StallingSource(LongMessage, LongMessage / 2, static () => { }), Deadline.Never, CancellationToken.None);

    private static void Stall(Connection connection, RawSharedValue<int> stalled) => connection.Transport.TrySend(
        new StallingSource(LongMessage, LongMessage / 2, () => stalled.Value = 1), Deadline.Never, CancellationToken.None);

    private static void SendThreeAndStay(Connection connection, RawSharedValue<int> sent)
    {
        for (int i = 0; i < 3; i++)
        {
            connection.Send(i);
            sent.Value = i + 1;
        }

        Thread.Sleep(Timeout.Infinite);
    }

    private static void SendLongForEver(Connection connection)
    {
        byte[] message = new byte[LongMessage];
        while (true)
        {
            connection.SendBytes(message);
            message.AsSpan().Fill((byte)(message[0] + 1));
        }
    }

    private static void EchoProcessId(Connection connection)
    {
        while (true)
        {
            connection.Receive<int>();
            connection.Send(Environment.ProcessId);
        }
    }

    /// <summary>With none to three descriptors left, each of which is one step further in Create.</summary>
    private static void ExhaustDescriptors(Connection connection)
    {
        // All code and messages that are needed below, as code could not be loaded any more.
        List<string> texts = [];
        List<FileStream> files = [];
        DescriptorLimit.Set(200);
        Note(0, 0, new IOException(OsError.ToException(24, "rehearsal").Message));
        using ConnectionPair first = ConnectionPair.Create();
        int open = OpenDescriptors();
        ConnectionPair.Create().Dispose();
        texts.Clear();

        // The watch for hang-ups lets go of an end a moment after the end is closed.
        Assert.True(SpinWait.SpinUntil(() => OpenDescriptors() == open, Watchdog.Limit));
        while (TryOpen(files))
        {
        }

        for (int left = 0; left < 4; left++)
        {
            Exception? fault = null;
            try
            {
                ConnectionPair.Create().Dispose();
            }
            catch (IOException refused)
            {
                fault = refused;
            }

            Note(left, FreeDescriptors(), fault);
            files[left].Dispose();
        }

        files.ForEach(static file => file.Dispose());
        texts.ForEach(text => connection.Send(text));

        void Note(int before, int after, Exception? refused) => texts.Add($"{refused?.Message} {before - after} left behind");

        // Without the libraries, which the runtime opens when their code first runs, and keeps open.
        static int OpenDescriptors() => Directory.GetFileSystemEntries("/proc/self/fd")
            .Count(static path => new FileInfo(path).LinkTarget is { } target && Path.GetExtension(target) is not (".dll" or ".so"));

        static int FreeDescriptors()
        {
            List<FileStream> more = [];
            while (TryOpen(more))
            {
            }

            more.ForEach(static file => file.Dispose());
            return more.Count;
        }

        static bool TryOpen(List<FileStream> list)
        {
            try
            {
                list.Add(File.OpenRead("/dev/null"));
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        }
    }
}
