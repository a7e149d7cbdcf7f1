using System.Runtime.InteropServices;
using Cohort.Platform;
using Cohort.Serializing;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Sharing;

/// <summary>How a message names descriptors: who keeps them for the receiver, where to ask, and by which secret.</summary>
/// <param name="Owner">The process that keeps them.</param>
/// <param name="Address">Of its <see cref="HandleSharer"/>.</param>
/// <param name="Token">Names the descriptors; nobody can guess it.</param>
/// <param name="Count">How many there are.</param>
internal readonly record struct HandleTicket(ProcessIdentity Owner, UInt128 Address, UInt128 Token, int Count)
{
    /// <summary>The context of a writer whose message any number of processes read: its tickets are good until it is given up.</summary>
    public static object ForMany { get; } = new();

    /// <summary>Keeps duplicates of the handles for the receiver of the message, unless the message cannot be written.</summary>
    /// <param name="writer">Of the message.</param>
    /// <param name="onWithdrawn">Called if it turns out that nobody will ever read it.</param>
    /// <param name="handles">They stay the caller's.</param>
    public static void Write(PickleWriter writer, Action? onWithdrawn, params ReadOnlySpan<SafeHandle> handles)
    {
        HandleTicket ticket = HandleSharer.Share(handles, onWithdrawn, writer.Context == ForMany ? null : writer.Context, writer.Context == ForMany);
        writer.AddUndo(() => HandleSharer.Withdraw(ticket));
        writer.WriteInt32(ticket.Owner.ProcessId);
        writer.WriteInt64((long)ticket.Owner.StartTime);
        writer.WriteUnmanaged(ticket.Address);
        writer.WriteUnmanaged(ticket.Token);
        writer.WriteInt32(ticket.Count);
    }

    /// <summary>Gets the descriptors, which are the caller's from then on.</summary>
    /// <exception cref="SharedObjectLostException">Their owner has ended, or they were taken by somebody else.</exception>
    /// <exception cref="InvalidDataException">The message has another number of them.</exception>
    /// <exception cref="IOException">This process has no descriptor left for them; they can still be taken.</exception>
    public static SafeFileHandle[] Take(PickleReader reader, int count)
    {
        HandleTicket ticket = new(
            new ProcessIdentity(reader.ReadInt32(), (ulong)reader.ReadInt64()),
            reader.ReadUnmanaged<UInt128>(),
            reader.ReadUnmanaged<UInt128>(),
            reader.ReadInt32());
        return ticket.Count == count
            ? HandleSharer.Take(ticket)
            : throw new InvalidDataException($"The message has {ticket.Count} handles where {count} were expected.");
    }
}
