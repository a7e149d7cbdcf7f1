using Cohort.Platform;
using Cohort.Serializing;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Workers;

/// <summary>The start message on its way through the control socket.</summary>
/// <remarks>
/// One packet: a byte that says which form, then the payload itself (inline), or its length while the payload is in a
/// memfd that is the first of the handles: a packet's size is limited by the socket's buffer, a job's is not.
/// </remarks>
internal sealed class WorkerMail : IDisposable
{
    /// <summary>What a worker sends when it is up.</summary>
    private const byte Ready = 1;

    private const int InlineLimit = 32 * 1024;
    private const byte Inline = 1;
    private const byte InMemory = 2;

    private readonly SharedPages? _pages;

    private WorkerMail(PickleReader reader, SharedPages? pages)
    {
        Reader = reader;
        _pages = pages;
    }

    public PickleReader Reader { get; }

    /// <summary>Worker: says that it is up. Whoever fills a standby set waits for this; nobody else does.</summary>
    /// <returns>False when the parent is gone.</returns>
    public static bool SayReady(ControlSocket control)
    {
        try
        {
            control.Send([Ready]);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Sends what <paramref name="writer"/> holds.</summary>
    /// <exception cref="IOException">The worker is gone.</exception>
    public static unsafe void Send(ControlSocket control, PickleWriter writer, ReadOnlySpan<SafeFileHandle> handles)
    {
        long length = writer.TotalLength;
        if (length <= InlineLimit)
        {
            Span<byte> packet = new byte[1 + (int)length];
            packet[0] = Inline;
            writer.CopyTo(packet[1..]);
            control.Send(packet, handles);
            return;
        }

        using SharedPages pages = SharedPages.Create("cohort-start", (nuint)length);
        writer.CopyTo(pages.Address);

        byte[] announcement = new byte[1 + sizeof(long)];
        announcement[0] = InMemory;
        BitConverter.TryWriteBytes(announcement.AsSpan(1), length);
        control.Send(announcement, [pages.Handle, .. handles]);
    }

    /// <summary>Blocks for the message; null when the parent closed the socket instead.</summary>
    /// <param name="control">This worker's socket.</param>
    /// <param name="handles">Takes the handles that belong to the job.</param>
    public static unsafe WorkerMail? Receive(ControlSocket control, List<SafeFileHandle> handles)
    {
        byte[] packet = new byte[InlineLimit + 1];
        int length = control.Receive(packet, handles);
        if (length == 0)
        {
            return null;
        }

        PickleReader reader = new();
        if (packet[0] == Inline)
        {
            reader.Reset(packet.AsMemory(1, length - 1));
            return new WorkerMail(reader, null);
        }

        SharedPages pages = SharedPages.Open(handles[0]);
        handles.RemoveAt(0);
        reader.Reset(pages.Address, BitConverter.ToInt64(packet, 1));
        return new WorkerMail(reader, pages);
    }

    public void Dispose() => _pages?.Dispose();
}
