using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Cohort.Messaging;
using Cohort.Utils;

namespace Cohort.Tests.Worker;

/// <summary>
/// The two sides of a channel that talk until one of them is killed. Each message says how long it is, which it is, and
/// carries a checksum, so that the other side tells a torn one from a whole one.
/// </summary>
internal static unsafe class RingBehaviours
{
    /// <summary>Something was read that was never sent.</summary>
    public const int Torn = 65;

    /// <summary>Nothing came, and nobody said that the other side is gone.</summary>
    public const int Hung = 75;

    private const int HeaderSize = 24;
    private const int MaxLength = 8 << 20;
    private static readonly TimeSpan s_watchdog = TimeSpan.FromSeconds(60);

    public static Dictionary<string, Func<string[], int>> All { get; } = new(StringComparer.Ordinal)
    {
        ["ring-host"] = static args => Talk(args, Ask),
        ["ring-worker"] = static args => Talk(args, Answer),
    };

    /// <summary>Ends with 0 when the channel is closed after nothing but whole messages.</summary>
    private static int Talk(string[] args, Action<TalkChannel, Random, SpinBudget> side)
    {
        using TalkChannel channel = TalkChannel.Open(ProcessBehaviours.Number(args[0]), bare: args[3] == "bare");
        Random random = new(ProcessBehaviours.Number(args[1]));
        try
        {
            side(channel, random, new SpinBudget(ProcessBehaviours.Number(args[2])));
            return 0;
        }
        catch (RingClosedException)
        {
            return 0;
        }
        catch (InvalidDataException torn)
        {
            Console.Error.WriteLine(torn);
            return Torn;
        }
        catch (TimeoutException hung)
        {
            Console.Error.WriteLine(hung);
            return Hung;
        }
    }

    /// <summary>Sends bursts of which the last message asks for an answer.</summary>
    private static void Ask(TalkChannel channel, Random random, SpinBudget spin)
    {
        RingSender requests = channel.RequestSender();
        using RingReceiver replies = channel.ReplyReceiver();
        ulong number = 0;
        while (true)
        {
            for (int left = random.Next(30); left >= 0; left--)
            {
                number++;
                uint tag = left == 0 ? 1u : 0u;
                requests.Send(Message.Make(random, number), tag, channel.HostBell, spin, Deadline.In(s_watchdog));
            }

            Receive(replies, channel.HostBell, spin, number);
            Volatile.Write(ref channel.Answers, number);
        }
    }

    /// <summary>Reads long messages of a bare ring while they are still being written, as workers of a pool do.</summary>
    private static void Answer(TalkChannel channel, Random random, SpinBudget spin)
    {
        using RingReceiver requests = channel.RequestReceiver();
        RingSender replies = channel.ReplySender();
        RingParts parts = new(requests, channel.WorkerBell, spin);
        for (ulong number = 1; ; number++)
        {
            uint tag = channel.IsBare ? ReceiveInParts(parts, number) : Receive(requests, channel.WorkerBell, spin, number);
            if (tag == 1)
            {
                replies.Send(Message.Make(random, number), tag, channel.WorkerBell, spin, Deadline.In(s_watchdog));
            }
        }
    }

    private static uint Receive(RingReceiver ring, Doorbell bell, SpinBudget spin, ulong number)
    {
        if (!ring.Receive(out RingMessage message, bell, spin, Deadline.In(s_watchdog)))
        {
            throw new TimeoutException($"Message {number} did not come.");
        }

        Message.Check(message.Span, number);
        ring.Release();
        return message.Tag;
    }

    private static uint ReceiveInParts(RingParts parts, ulong number)
    {
        RingMessage first = parts.Receive();
        byte[] whole = new byte[first.Length + parts.Remaining];
        first.Span.CopyTo(whole);
        int read = first.Length;
        while (parts.Remaining > 0)
        {
            byte* part = parts.Next(out int length);
            new ReadOnlySpan<byte>(part, length).CopyTo(whole.AsSpan(read));
            read += length;
        }

        parts.Release();
        Message.Check(whole, number);
        return first.Tag;
    }

    private sealed class Message(byte[] bytes) : IRingSource
    {
        public long Length => bytes.Length;

        /// <summary>Lengths of all magnitudes up to 8 MiB, half of them short.</summary>
        public static Message Make(Random random, ulong number)
        {
            int magnitude = random.Next(2) == 0 ? random.Next(8) : random.Next(24);
            byte[] bytes = new byte[HeaderSize + random.Next(Math.Min(2 << magnitude, MaxLength - HeaderSize))];
            ulong state = number;
            Span<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes.AsSpan(HeaderSize));
            for (int i = 0; i < words.Length; i++)
            {
                words[i] = state += 0x9E3779B97F4A7C15;
            }

            BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), bytes.Length);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), Checksum(bytes.AsSpan(HeaderSize)));
            return new Message(bytes);
        }

        public static void Check(ReadOnlySpan<byte> bytes, ulong number)
        {
            bool whole = bytes.Length >= HeaderSize
                && BinaryPrimitives.ReadUInt64LittleEndian(bytes) == number
                && BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]) == bytes.Length
                && BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]) == Checksum(bytes[HeaderSize..]);
            if (!whole)
            {
                throw new InvalidDataException(
                    string.Create(CultureInfo.InvariantCulture, $"Message {number} of {bytes.Length} bytes is torn."));
            }
        }

        public void CopyTo(long offset, Span<byte> destination) =>
            bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);

        private static ulong Checksum(ReadOnlySpan<byte> bytes)
        {
            ulong sum = (ulong)bytes.Length;
            ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
            for (int i = 0; i < words.Length; i++)
            {
                sum = (ulong.RotateLeft(sum, 5) ^ words[i]) * 0x100000001B3;
            }

            foreach (byte last in bytes[(words.Length * sizeof(ulong))..])
            {
                sum = (sum ^ last) * 0x100000001B3;
            }

            return sum;
        }
    }
}
