using System.Net;
using Cohort.Messaging;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Worker;

/// <summary>The other side of connections that are killed, and a listener that runs out of descriptors.</summary>
internal static class ConnectionBehaviours
{
    public static Dictionary<string, Func<string[], int>> All { get; } = new(StringComparer.Ordinal)
    {
        ["connection-peer"] = Stay,
        ["listener-without-descriptors"] = AcceptWithoutDescriptors,
    };

    /// <summary>Connects, says so, and then neither sends nor receives; or stops in the middle of a message.</summary>
    private static int Stay(string[] args)
    {
        using Connection connection = ConnectionClient.Connect(ConnectionAddress.Parse(args[0]));
        connection.Send("here");
        if (args[1] == "torn")
        {
            // 100 bytes are announced and 3 come.
            SocketCalls.TrySend(connection.Handle, [0, 0, 0, 100, 1, 2, 3]);
        }

        Thread.Sleep(Timeout.Infinite);
        return 0;
    }

    /// <summary>Ends with 0 when accepting fails with a clear error, and works again once there are descriptors.</summary>
    private static int AcceptWithoutDescriptors(string[] args)
    {
        using ConnectionListener listener = new(new IPEndPoint(IPAddress.Loopback, 0));

        // Once before, so that whatever is opened once and for all is.
        using Connection first = ConnectionClient.Connect(listener.Address);
        using Connection firstAccepted = listener.Accept();
        try
        {
            ConnectionClient.Connect(new IPEndPoint(IPAddress.Loopback, 1)).Dispose();
            return 1;
        }
        catch (IOException refused) when (refused.Message.Length > 0)
        {
        }

        using Connection client = ConnectionClient.Connect(listener.Address);
        List<SafeFileHandle> all = [];
        try
        {
            while (true)
            {
                all.Add(File.OpenHandle("/dev/null"));
            }
        }
        catch (IOException)
        {
        }

        for (int i = 0; i < 3; i++)
        {
            try
            {
                listener.Accept().Dispose();
                return 2;
            }
            catch (IOException full) when (full.Message.Contains("RLIMIT_NOFILE", StringComparison.Ordinal))
            {
            }
        }

        try
        {
            ConnectionClient.Connect(listener.Address).Dispose();
            return 3;
        }
        catch (IOException full) when (full.Message.Contains("RLIMIT_NOFILE", StringComparison.Ordinal))
        {
        }

        all.ForEach(static handle => handle.Dispose());
        using Connection accepted = listener.Accept(TimeSpan.FromSeconds(30));
        client.Send(all.Count);
        return accepted.Receive<int>(TimeSpan.FromSeconds(30)) == all.Count ? 0 : 4;
    }
}
