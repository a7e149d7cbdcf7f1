using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;

namespace Cohort.Subprocesses;

/// <summary>Lines between the pumps that read them and the one who takes them. A slow taker slows the command.</summary>
internal sealed class LineQueue
{
    /// <summary>With more than so many lines waiting, no more is read.</summary>
    private const int MostWaiting = 1024;

    private readonly Channel<SubprocessLine> _lines = Channel.CreateUnbounded<SubprocessLine>();
    private readonly SemaphoreSlim _room = new(0);
    private volatile bool _isLetGo;

    public OutputSink NewSink(Encoding encoding, bool isError) => new Sink(this, new LineSplitter(encoding), isError);

    public void Complete() => _lines.Writer.Complete();

    /// <summary>Nobody takes any more: whoever waits for room is let through.</summary>
    public void LetGo()
    {
        _isLetGo = true;
        _room.Release(2);
    }

    /// <summary>For one who reads and takes on the same thread.</summary>
    public bool TryTake(out SubprocessLine line) => _lines.Reader.TryRead(out line);

    /// <exception cref="OperationCanceledException">The token was cancelled: lines that wait stay there.</exception>
    public async IAsyncEnumerable<SubprocessLine> TakeAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await _lines.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (_lines.Reader.TryRead(out SubprocessLine line))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (_lines.Reader.Count == MostWaiting / 2 && _room.CurrentCount == 0)
                {
                    // Two pumps at most wait for room.
                    _room.Release(2);
                }

                yield return line;
            }
        }
    }

    private sealed class Sink(LineQueue queue, LineSplitter lines, bool isError) : OutputSink
    {
        public override void Write(ReadOnlySpan<byte> data)
        {
            lines.Add(data);
            HandOn();
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            Write(data.Span);
            while (!queue._isLetGo && queue._lines.Reader.Count > MostWaiting)
            {
                await queue._room.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        public override void Complete()
        {
            lines.Complete();
            HandOn();
        }

        private void HandOn()
        {
            while (lines.TryTake(out string? line))
            {
                queue._lines.Writer.TryWrite(new SubprocessLine(line, isError));
            }
        }
    }
}
