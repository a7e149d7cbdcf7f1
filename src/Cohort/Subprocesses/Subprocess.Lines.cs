using System.Runtime.CompilerServices;
using Cohort.Subprocesses;
using Microsoft.Win32.SafeHandles;

namespace Cohort;

public sealed partial class Subprocess
{
    /// <summary>
    /// The lines of standard output as they come, up to its end, or up to the end of the command and
    /// <see cref="SubprocessOptions.DrainTimeout"/>. Whoever stops early closes the pipe, as <c>head</c> does. With
    /// <see cref="Redirect.StandardOutput"/> as error, both in the order in which they were written.
    /// </summary>
    /// <param name="cancellationToken">Ends the enumeration, not the command.</param>
    /// <exception cref="InvalidOperationException">Standard output is no pipe.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<string> OutputLines(CancellationToken cancellationToken = default) =>
        TextsOf(LinesOf(PipeOf(_streams.OutputEnd, "StandardOutput"), null), cancellationToken);

    /// <summary>The lines of standard error as they come, in the same way.</summary>
    /// <param name="cancellationToken">Ends the enumeration, not the command.</param>
    /// <exception cref="InvalidOperationException">Standard error is no pipe.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<string> ErrorLines(CancellationToken cancellationToken = default) =>
        TextsOf(LinesOf(null, PipeOf(_streams.ErrorEnd, "StandardError")), cancellationToken);

    /// <summary>
    /// The lines of both as they come, each with where it was written. Two pipes have no order between them: lines of the two
    /// can change places by the time that they lie there.
    /// </summary>
    /// <param name="cancellationToken">Ends the enumeration, not the command.</param>
    /// <exception cref="InvalidOperationException">One of them is no pipe.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<SubprocessLine> Lines(CancellationToken cancellationToken = default)
    {
        SafeFileHandle output = PipeOf(_streams.OutputEnd, "StandardOutput");
        return LinesOf(output, PipeOf(_streams.ErrorEnd, "StandardError"), cancellationToken);
    }

    /// <summary>As <see cref="OutputLines"/>, and blocks until there is a line. Not for several threads at once.</summary>
    /// <exception cref="InvalidOperationException">Standard output is no pipe.</exception>
    public IEnumerable<string> ReadOutputLines() =>
        ReadLinesOf(PipeOf(_streams.OutputEnd, "StandardOutput"), null).Select(static line => line.Text);

    /// <summary>As <see cref="ErrorLines"/>, and blocks until there is a line. Not for several threads at once.</summary>
    /// <exception cref="InvalidOperationException">Standard error is no pipe.</exception>
    public IEnumerable<string> ReadErrorLines() =>
        ReadLinesOf(null, PipeOf(_streams.ErrorEnd, "StandardError")).Select(static line => line.Text);

    /// <summary>As <see cref="Lines"/>, and blocks until there is a line. Not for several threads at once.</summary>
    /// <exception cref="InvalidOperationException">One of them is no pipe.</exception>
    public IEnumerable<SubprocessLine> ReadLines()
    {
        SafeFileHandle output = PipeOf(_streams.OutputEnd, "StandardOutput");
        return ReadLinesOf(output, PipeOf(_streams.ErrorEnd, "StandardError"));
    }

    private IEnumerable<SubprocessLine> ReadLinesOf(SafeFileHandle? output, SafeFileHandle? error)
    {
        LineQueue queue = new();
        List<OutputPump> pumps = NewLinePumps(queue, output, error);
        Exchange exchange = new(_child, null, [.. pumps], _options.DrainTimeout);
        try
        {
            bool more;
            do
            {
                more = exchange.ReadSome();
                while (queue.TryTake(out SubprocessLine line))
                {
                    yield return line;
                }
            }
            while (more);
        }
        finally
        {
            pumps.ForEach(static pump => pump.Dispose());
        }

        if (exchange.Fault is { } fault)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
        }
    }

    private List<OutputPump> NewLinePumps(LineQueue queue, SafeFileHandle? output, SafeFileHandle? error)
    {
        List<OutputPump> pumps = [];
        foreach ((SafeFileHandle? pipe, bool isError) in new[] { (output, false), (error, true) })
        {
            if (pipe is not null)
            {
                pumps.Add(new OutputPump(pipe, queue.NewSink(_options.Encoding, isError), _options.BufferSize));
            }
        }

        return pumps;
    }

    private static async IAsyncEnumerable<string> TextsOf(
        IAsyncEnumerable<SubprocessLine> lines, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (SubprocessLine line in lines.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return line.Text;
        }
    }

    private async IAsyncEnumerable<SubprocessLine> LinesOf(
        SafeFileHandle? output, SafeFileHandle? error, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        LineQueue queue = new();
        List<OutputPump> pumps = NewLinePumps(queue, output, error);
        Exchange exchange = new(_child, null, [.. pumps], _options.DrainTimeout);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task read = ReadLinesAsync(exchange, queue, stop.Token);
        bool isWhole = false;
        try
        {
            await foreach (SubprocessLine line in queue.TakeAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return line;
            }

            isWhole = true;
        }
        finally
        {
            queue.LetGo();
            await stop.CancelAsync().ConfigureAwait(false);
            await read.ConfigureAwait(false);
            pumps.ForEach(static pump => pump.Dispose());
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (isWhole && exchange.Fault is { } fault)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
        }
    }

    private static async Task ReadLinesAsync(Exchange exchange, LineQueue queue, CancellationToken stop)
    {
        try
        {
            await exchange.ReadAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Whoever takes the lines has stopped, or says so.
        }
        finally
        {
            queue.Complete();
        }
    }
}
