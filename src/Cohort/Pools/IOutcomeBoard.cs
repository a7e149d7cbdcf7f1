namespace Cohort.Pools;

/// <summary>A chunk of outcomes whose items go on one by one, because it could not be had as a whole.</summary>
internal interface IOutcomeBoard<TResult>
{
    /// <summary>Nobody waits for the outcomes any more.</summary>
    bool IsAbandoned { get; }

    /// <summary>Takes the outcome of an item that was run by itself.</summary>
    /// <param name="index">Its place in the chunk.</param>
    /// <param name="outcome">What became of it.</param>
    void Put(int index, Outcome<TResult> outcome);

    /// <summary>The pool ends before its time.</summary>
    void Abort(Exception reason);
}
