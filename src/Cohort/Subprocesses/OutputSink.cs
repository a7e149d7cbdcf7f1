namespace Cohort.Subprocesses;

/// <summary>Where bytes that a command wrote go in this process.</summary>
internal abstract class OutputSink
{
    public abstract void Write(ReadOnlySpan<byte> data);

    /// <summary>By default as the blocking form, for sinks that do not wait.</summary>
    /// <param name="data">Stays as it is until the end of the write.</param>
    /// <param name="cancellationToken">Nobody waits for the end of the write any more.</param>
    public virtual ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        Write(data.Span);
        return ValueTask.CompletedTask;
    }

    /// <summary>After the last write.</summary>
    public virtual void Complete()
    {
    }

    public virtual ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        Complete();
        return ValueTask.CompletedTask;
    }
}
