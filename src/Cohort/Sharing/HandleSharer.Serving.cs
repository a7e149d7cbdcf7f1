using System.Diagnostics;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Sharing;

internal static partial class HandleSharer
{
    private static readonly ManualResetEvent s_never = new(false);
    private static readonly TimeSpan s_pauseWithoutDescriptors = TimeSpan.FromMilliseconds(20);

    /// <summary>Given up for a moment when there is no other descriptor for a receiver that has come.</summary>
    private static SafeFileHandle? s_spare;

    /// <summary>The address of this process's socket, which is made when the first handle is sent.</summary>
    private static UInt128 EnsureServed()
    {
        lock (s_gate)
        {
            if (s_address == default)
            {
                UInt128 address = NewSecret();
                ControlListener listener = new(NameOf(address));
                try
                {
                    s_spare = MemoryFile.Create("cohort-spare");
                    new Thread(Serve, 256 * 1024) { IsBackground = true, Name = "Cohort handle sharer" }.UnsafeStart(listener);
                }
                catch
                {
                    listener.Dispose();
                    throw;
                }

                s_address = address;
            }

            return s_address;
        }
    }

    private static void Serve(object? state)
    {
        ControlListener listener = (ControlListener)state!;
        while (true)
        {
            try
            {
                using ControlSocket? socket = Accept(listener);
                if (socket is not null)
                {
                    Answer(socket);
                }
            }
            catch (Exception e) when (e is IOException or TimeoutException or InvalidDataException or ObjectDisposedException)
            {
                // A receiver that went away or is no receiver must not end the service for the others.
                Trace.TraceWarning($"Cohort: handing out a handle failed: {e.Message}");
            }

            Respare();
        }
    }

    private static ControlSocket? Accept(ControlListener listener)
    {
        if (listener.Accept() is { } socket)
        {
            return socket;
        }

        if (s_spare is null)
        {
            // Its receiver waits, and gets an error if it waits too long.
            s_never.WaitOne(s_pauseWithoutDescriptors);
            return null;
        }

        s_spare.Dispose();
        s_spare = null;
        return listener.Accept();
    }

    private static void Respare()
    {
        if (s_spare is null)
        {
            try
            {
                s_spare = MemoryFile.Create("cohort-spare");
            }
            catch (IOException)
            {
                // Later, then.
            }
        }
    }

    private static void Answer(ControlSocket socket)
    {
        if (!IsOfThisUser(socket))
        {
            return;
        }

        byte[] request = new byte[16];
        int length = socket.Receive(request, null, ServerPatienceMilliseconds);
        UInt128 token = BitConverter.ToUInt128(request);
        if (length != request.Length || s_kept.TryLend(token) is not { } handles)
        {
            socket.Send([Unknown], default, ServerPatienceMilliseconds);
            return;
        }

        bool isTaken = false;
        try
        {
            socket.Send([Known], handles, ServerPatienceMilliseconds);
            isTaken = socket.Receive(request, null, ServerPatienceMilliseconds) == 1 && request[0] == Taken;
        }
        finally
        {
            s_kept.GiveBack(token, isTaken);
        }
    }
}
