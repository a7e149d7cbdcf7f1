using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Cohort.Pools;

/// <summary>What the start or exit function of one worker gave: see <see cref="PoolBase.StartResults"/> and <see cref="PoolBase.ExitResults"/>.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class WorkerResult
{
    internal WorkerResult(string workerName, int workerId, int workerIndex, object? value, Exception? exception)
    {
        WorkerName = workerName;
        WorkerId = workerId;
        WorkerIndex = workerIndex;
        Value = value;
        Exception = exception;
    }

    /// <summary>The worker's name.</summary>
    public string WorkerName { get; }

    /// <summary>The worker's number in its pool, from 1. No other worker of the pool gets it.</summary>
    public int WorkerId { get; }

    /// <summary>The worker's place in its pool, from 0. Its replacement has the same.</summary>
    public int WorkerIndex { get; }

    /// <summary>What the function returned; null when it failed.</summary>
    public object? Value { get; }

    /// <summary>
    /// Why there is no value, or null: what the function or the disposal of the state threw; <see cref="TimeoutException"/>
    /// when they took too long; <see cref="WorkerLostException"/> when the worker died meanwhile;
    /// <see cref="Serializing.PickleException"/> when the value could not travel.
    /// </summary>
    public Exception? Exception { get; }

    /// <summary>The value as what it is.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidCastException">It is of another type.</exception>
    /// <exception cref="System.Exception">There is no value: the very <see cref="Exception"/>.</exception>
    public T GetValue<T>()
    {
        if (Exception is not null)
        {
            ExceptionDispatchInfo.Throw(Exception);
        }

        return (T)Value!;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{WorkerName}: {Exception?.Message ?? Value}";
}
