using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace Cohort.Pools;

/// <summary>What became of one item of <c>MapOutcomes</c>: a result, or the exception that took its place.</summary>
/// <typeparam name="TResult">A result's type.</typeparam>
/// <remarks>The default value is no outcome at all: it has neither.</remarks>
[DebuggerDisplay("{ToString(),nq}")]
[SuppressMessage("Performance", "CA1815", Justification = "An outcome is looked into, not compared.")]
public readonly struct Outcome<TResult>
{
    private readonly TResult? _value;

    internal Outcome(long index, TResult value)
    {
        Index = index;
        _value = value;
        IsSuccess = true;
    }

    internal Outcome(long index, Exception exception)
    {
        Index = index;
        Exception = exception;
    }

    /// <summary>The item's place in the input, from 0.</summary>
    public long Index { get; }

    /// <summary>Whether there is a result.</summary>
    [MemberNotNullWhen(false, nameof(Exception))]
    public bool IsSuccess { get; }

    /// <summary>
    /// What the function threw, what befell its worker (<see cref="WorkerLostException"/>), or why the item or its result could
    /// not travel; null for a success.
    /// </summary>
    public Exception? Exception { get; }

    /// <summary>The result.</summary>
    /// <exception cref="System.Exception">The item failed: this is its <see cref="Exception"/>, with the stack of where it was first thrown.</exception>
    /// <exception cref="InvalidOperationException">This is the default value.</exception>
    public TResult Value
    {
        get
        {
            if (!IsSuccess)
            {
                ExceptionDispatchInfo.Throw(Exception ?? new InvalidOperationException("There is no outcome yet."));
            }

            return _value!;
        }
    }

    /// <summary>Neither yet.</summary>
    internal bool IsMissing => !IsSuccess && Exception is null;

    /// <summary>The result, if there is one.</summary>
    /// <param name="value">The result.</param>
    /// <returns>Whether the item succeeded.</returns>
    public bool TryGetValue([MaybeNullWhen(false)] out TResult value)
    {
        value = _value;
        return IsSuccess;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        IsSuccess ? $"{Index}: {_value}" : IsMissing ? "no outcome" : $"{Index}: {Exception.GetType().Name}: {Exception.Message}";
}
