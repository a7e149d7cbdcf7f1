using Cohort.Pools.Observing;
using Cohort.Serializing;

namespace Cohort.Pools;

/// <summary>A single call.</summary>
internal sealed class ApplyItem<TArguments, TResult>(FunctionEntry function, TaskOptions options, TArguments arguments) : WorkItem(function, options)
{
    private readonly TaskCompletionSource<TResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TResult? _result;

    public Task<TResult> Task => _completion.Task;

    public override bool IsAbandoned => _completion.Task.IsCompleted;

    /// <summary>Ends the wait for the result; the dispatcher is told apart from that.</summary>
    public bool TryCancel(CancellationToken cancellationToken) => _completion.TrySetCanceled(cancellationToken);

    public override void WriteArguments(PickleWriter writer)
    {
        writer.WriteInt32(1);
        writer.RootName = "args";
        Pickle.Write(writer, arguments);
    }

    public override void Complete(PickleReader reader, TimeSpan elapsed) => _completion.TrySetResult(Pickle.Read<TResult>(reader));

    public override string DescribeArguments() => ArgumentText.Of(arguments);

    public override void RunHere() => _result = ((ICallable<TArguments, TResult>)Function.Function).Invoke(arguments);

    public override void CompleteHere(TimeSpan elapsed) => _completion.TrySetResult(_result!);

    public override void Fail(Exception exception) => _completion.TrySetException(exception);
}
