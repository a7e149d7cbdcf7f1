namespace Cohort.Subprocesses;

/// <summary>Where bytes that a command wrote go in this process.</summary>
internal abstract class OutputSink
{
    public abstract void Write(ReadOnlySpan<byte> data);

    /// <summary>By default as the blocking form, for sinks that do not wait.</summary>
    public virtual ValueTask WriteAsync(ReadOnlyMemory<byte> data)
    {
        Write(data.Span);
        return ValueTask.CompletedTask;
    }

    /// <summary>After the last write.</summary>
    public virtual void Complete()
    {
    }

    public virtual ValueTask CompleteAsync()
    {
        Complete();
        return ValueTask.CompletedTask;
    }
}
