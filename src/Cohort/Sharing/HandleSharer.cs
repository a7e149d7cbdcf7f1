using System.Globalization;
using System.Runtime.InteropServices;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Sharing;

// Overview
//
// A descriptor travels through a socket only, and a message may go through shared memory and past third processes. So the
// message carries a ticket, and the process that wrote it keeps duplicates of the descriptors until somebody comes with the
// ticket, to a socket that one thread serves:
//
//   receiver → owner   the token, 16 bytes
//   owner → receiver   Known and the descriptors, or Unknown
//   receiver → owner   Taken; without it the descriptors stay, as their receiver had no room for them
//
// Each ticket is good once, unless it is in a message for many. The socket's name and the tokens are random and of 128 bits, and both sides serve and ask no
// other user than their own. The socket has no file, and the thread does not keep the process alive.

/// <summary>Keeps descriptors for those to whom they were sent: see the overview at the top of this file.</summary>
internal static partial class HandleSharer
{
    private const byte Unknown = 0;
    private const byte Known = 1;
    private const byte Taken = 2;

    /// <summary>How long a receiver that has connected may be silent. Those behind it wait meanwhile.</summary>
    private const int ServerPatienceMilliseconds = 2_000;
    private const int ReceiverPatienceMilliseconds = 30_000;

    private static readonly KeptHandles s_kept = new();
    private static readonly Lock s_gate = new();
    private static UInt128 s_address;

    /// <summary>How many tickets are out.</summary>
    internal static int Count => s_kept.Count;

    /// <summary>Duplicates the handles and keeps the duplicates until the ticket comes back.</summary>
    /// <exception cref="IOException">No descriptor is left.</exception>
    /// <exception cref="ObjectDisposedException">A handle is closed.</exception>
    /// <param name="handles">They stay the caller's.</param>
    /// <param name="onWithdrawn">Called if they are withdrawn and were not taken.</param>
    /// <param name="place">
    /// Where the message lies until it is read, a <see cref="CellPlace"/>, or by what it went; null when nobody here can know
    /// whether it may still be read.
    /// </param>
    /// <param name="isForMany">Whether the ticket is good any number of times, until it is withdrawn.</param>
    public static HandleTicket Share(
        ReadOnlySpan<SafeHandle> handles, Action? onWithdrawn = null, object? place = null, bool isForMany = false)
    {
        UInt128 address = EnsureServed();
        SafeFileHandle[] copies = new SafeFileHandle[handles.Length];
        try
        {
            for (int i = 0; i < handles.Length; i++)
            {
                copies[i] = Descriptors.Duplicate(handles[i]);
            }
        }
        catch
        {
            Close(copies);
            throw;
        }

        UInt128 token = NewSecret();
        s_kept.Add(token, new KeptHandles.Entry(copies, onWithdrawn, place, isForMany));
        return new HandleTicket(ProcessIdentity.Current, address, token, handles.Length);
    }

    /// <summary>Forgets what a message that nobody will read was to carry. Does nothing when it was taken.</summary>
    public static void Withdraw(HandleTicket ticket) => s_kept.Withdraw(ticket.Token);

    /// <summary>Forgets what was to travel by way of a cell, which nobody has open any more.</summary>
    public static void WithdrawAll(SharedCell cell)
    {
        if (!s_kept.IsEmpty)
        {
            s_kept.WithdrawAll(cell.Location);
        }
    }

    /// <summary>Forgets what was to travel with messages that nobody will read any more.</summary>
    /// <param name="place">As it was given to <see cref="Share"/>.</param>
    public static void WithdrawAll(object place)
    {
        if (!s_kept.IsEmpty)
        {
            s_kept.WithdrawAll(place);
        }
    }

    /// <inheritdoc cref="HandleTicket.Take"/>
    public static SafeFileHandle[] Take(HandleTicket ticket)
    {
        if (ticket.Owner == ProcessIdentity.Current)
        {
            return s_kept.TryTake(ticket.Token) ?? throw Lost(ticket);
        }

        using ControlSocket socket = ControlSocket.TryConnect(NameOf(ticket.Address)) ?? throw Lost(ticket);
        if (!IsOfThisUser(socket))
        {
            throw Lost(ticket);
        }

        return Ask(socket, ticket);
    }

    private static SafeFileHandle[] Ask(ControlSocket socket, HandleTicket ticket)
    {
        List<SafeFileHandle> handles = [];
        byte[] buffer = new byte[16];
        try
        {
            BitConverter.TryWriteBytes(buffer, ticket.Token);
            socket.Send(buffer, default, ReceiverPatienceMilliseconds);
            if (socket.Receive(buffer, handles, ReceiverPatienceMilliseconds) != 1 || buffer[0] != Known)
            {
                throw Lost(ticket);
            }

            if (handles.Count != ticket.Count)
            {
                throw new InvalidDataException($"Process {ticket.Owner.ProcessId} gave {handles.Count} handles where the message has {ticket.Count}.");
            }

            socket.Send([Taken]);
            return [.. handles];
        }
        catch (Exception fault)
        {
            Close([.. handles]);
            throw fault switch
            {
                InvalidDataException => new IOException(
                    $"The {ticket.Count} handles that process {ticket.Owner.ProcessId} sent could not be received: {fault.Message} They are kept there.", fault),
                TimeoutException => new IOException(
                    $"Process {ticket.Owner.ProcessId}, which has sent handles, did not hand them out within {ReceiverPatienceMilliseconds} ms.", fault),
                IOException when !ticket.Owner.IsAlive => Lost(ticket),
                _ => fault,
            };
        }
    }

    private static SharedObjectLostException Lost(HandleTicket ticket) => new(
        $"The handle came from process {ticket.Owner.ProcessId}, which "
        + (ticket.Owner.IsAlive ? "does not have it any more: a message with handles can be read once only" : "has ended before it was taken up here")
        + ".");

    private static bool IsOfThisUser(ControlSocket socket) => socket.GetPeerCredentials().UserId == OwnProcess.UserId;

    internal static string NameOf(UInt128 address) => string.Create(CultureInfo.InvariantCulture, $"cohort-handles-{address:x32}");

    private static UInt128 NewSecret() => MemoryMarshal.Read<UInt128>(OwnProcess.GetRandomBytes(16));

    private static void Close(SafeFileHandle?[] handles)
    {
        foreach (SafeFileHandle? handle in handles)
        {
            handle?.Dispose();
        }
    }
}
