using System.Net.Sockets;
using Cohort.Messaging;
using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Messaging;

/// <content>What the workers do.</content>
public sealed partial class HandleTransferTests
{
    private static void ServeConnections(Connection carrier)
    {
        using Connection served = carrier.Receive<Connection>();
        served.Send("hello");
        served.Send(2 * served.Receive<int>());
    }

    private static void DescribeConnection(Connection carrier)
    {
        using Connection sent = carrier.Receive<Connection>();
        carrier.Send((sent.IsReadable, sent.IsWritable));
        sent.Send("from there");
    }

    private static void ServeOverSocket(Connection carrier)
    {
        using Connection served = carrier.Receive<Connection>();
        carrier.Send(served.ToString());
        served.Send(served.Receive<string>() + " and back");
        carrier.Send(Assert.Throws<MessageTooLongException>(() => served.ReceiveBytes()).Message);
    }

    private static void Forward(Connection carrier)
    {
        using Connection sent = carrier.Receive<Connection>();
        carrier.Send(sent);

        // A process that sends handles stays until they are taken.
        Assert.Equal("enough", carrier.Receive<string>());
    }

    private static void WriteToFile(Connection carrier)
    {
        using (SafeFileHandle file = carrier.Receive<SafeFileHandle>())
        {
            RandomAccess.Write(file, "from there"u8, 0);
        }

        carrier.Send("done");
    }

    private static void AcceptOne(Connection carrier)
    {
        using Socket listener = carrier.Receive<Socket>();
        carrier.Send(listener.LocalEndPoint!.ToString());
        using Socket accepted = listener.Accept();
        using Socket client = carrier.Receive<Socket>();
        Assert.Equal(client.LocalEndPoint, accepted.RemoteEndPoint);
        accepted.Send([7, 8]);
    }

    private static void SendFileAndEnd(Connection carrier)
    {
        using SafeFileHandle file = File.OpenHandle("/dev/null");
        carrier.Send(file);
        carrier.Send("next");
    }

    private static void ReceiveWithoutDescriptors(Connection carrier)
    {
        byte[] message = carrier.ReceiveBytes();
        List<string> texts = [];
        Try([]);
        texts.Clear();
        List<SafeFileHandle> files = [];
        Fill(files);

        // None at all, and one for the socket but none for what comes over it.
        Try(message);
        files[0].Dispose();
        Try(message);
        files.ForEach(static file => file.Dispose());
        carrier.Send(texts.ToArray());
        Pickle.Loads<SafeFileHandle>(message).Dispose();
        carrier.Send("taken");

        void Try(byte[] bytes)
        {
            try
            {
                Pickle.Loads<SafeFileHandle>(bytes).Dispose();
                texts.Add("taken too early");
            }
            catch (PickleException fault)
            {
                texts.Add(fault.Message);
            }
        }
    }

    private static void SendWithoutDescriptors(Connection carrier)
    {
        using SafeFileHandle file = File.OpenHandle("/dev/null");
        carrier.SendBytes(Pickle.Dumps(file));
        string text = "";
        Try();
        List<SafeFileHandle> files = [];
        Fill(files);
        Try();
        carrier.Send(text);
        carrier.Receive<string>();
        files.ForEach(static open => open.Dispose());

        void Try()
        {
            try
            {
                HandleSharer.Withdraw(HandleSharer.Share([file]));
                throw new IOException("it worked");
            }
            catch (IOException fault)
            {
                text = fault.Message;
            }
        }
    }

    private static void Fill(List<SafeFileHandle> files)
    {
        DescriptorLimit.Set(200);
        try
        {
            while (true)
            {
                files.Add(File.OpenHandle("/dev/null"));
            }
        }
        catch (IOException)
        {
        }
    }
}
