using BenchmarkDotNet.Attributes;
using Cohort.Messaging;
using Cohort.Utils;

namespace Cohort.Benchmarks;

/// <summary>The ring between two threads of this process: what it costs without the scheduler of two processes.</summary>
[MemoryDiagnoser]
public class RingBenchmarks
{
    private const int Capacity = 4 << 20;
    private const uint Request = 1;
    private const uint Stop = 2;

    private RingChannel _channel = null!;
    private RingSender _sender = null!;
    private RingReceiver _receiver = null!;
    private RingSender _echoSender = null!;
    private RingReceiver _echoReceiver = null!;
    private Thread _echo = null!;
    private ArraySource _message = null!;

    /// <summary>Bytes a message; 1 MiB comes in parts.</summary>
    [Params(16, 4096, 1 << 20)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Start()
    {
        _channel = RingChannel.Create(Capacity, Capacity);
        _sender = _channel.RequestSender();
        _receiver = _channel.ReplyReceiver();
        _echoReceiver = _channel.RequestReceiver(_channel.HostBell);
        _echoSender = _channel.ReplySender(_channel.HostBell);
        _message = new ArraySource(new byte[Size]);
        _echo = new Thread(Echo) { Name = "ring echo", IsBackground = true };
        _echo.Start();
    }

    [GlobalCleanup]
    public void End()
    {
        _sender.Send(_message, Stop, _channel.HostBell, SpinBudget.Default, Deadline.Never);
        _echo.Join();
        _receiver.Dispose();
        _echoReceiver.Dispose();
        _channel.Dispose();
    }

    /// <summary>A message to the other thread and back.</summary>
    [Benchmark]
    public int RoundTrip()
    {
        _sender.Send(_message, Request, _channel.HostBell, SpinBudget.Default, Deadline.Never);
        _receiver.Receive(out RingMessage reply, _channel.HostBell, SpinBudget.Default, Deadline.Never);
        int length = reply.Length;
        _receiver.Release();
        return length;
    }

    private unsafe void Echo()
    {
        ArraySource reply = new(new byte[Size]);
        while (true)
        {
            _echoReceiver.Receive(out RingMessage request, _channel.WorkerBell, SpinBudget.Default, Deadline.Never);
            request.Span.CopyTo(reply.Bytes);
            uint tag = request.Tag;
            _echoReceiver.Release();
            if (tag == Stop)
            {
                return;
            }

            _echoSender.Send(reply, tag, _channel.WorkerBell, SpinBudget.Default, Deadline.Never);
        }
    }

    private sealed class ArraySource(byte[] bytes) : IRingSource
    {
        public byte[] Bytes => bytes;

        public long Length => bytes.Length;

        public void CopyTo(long offset, Span<byte> destination) => bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
    }
}
