using System.Runtime.InteropServices;
using Cohort.Serializing;

namespace Cohort.Pools;

/// <summary>Items of a stream of outcomes on their way.</summary>
internal sealed class OutcomeStreamChunk<T, TResult>(IPoolEngine engine, ResultStream<T, Outcome<TResult>> stream)
    : ResultStream<T, Outcome<TResult>>.Chunk(stream), IOutcomeBoard<TResult>
{
    private bool _wasTakenApart;
    private int _failed;

    /// <summary>How many of its items are still to come, each by itself; 0 while it is whole.</summary>
    private int _parts;

    /// <summary>A chunk that was taken apart may still be in the books of the worker that it was sent to.</summary>
    public override bool IsReusable => base.IsReusable && !_wasTakenApart;

    public override int FailedCount => _failed;

    public override bool FailsInParts => Count > 1;

    private ReadOnlySpan<T> All => CollectionsMarshal.AsSpan(Items);

    public override void WriteArguments(PickleWriter writer)
    {
        writer.WriteInt32(Count == 1 ? 1 : -Count);
        ItemEncoding.Write(writer, All, First);
    }

    public override void Complete(PickleReader reader, TimeSpan elapsed)
    {
        Span<Outcome<TResult>> outcomes = Reserve();
        if (Count == 1)
        {
            outcomes[0] = new Outcome<TResult>(First, Pickle.Read<TResult>(reader));
        }
        else
        {
            OutcomeFrames.Read(reader, First, outcomes);
        }

        _failed = OutcomeFrames.CountFailed<TResult>(outcomes);
        Finish(elapsed);
    }

    public override void RunHere()
    {
        Span<Outcome<TResult>> outcomes = Reserve();
        OutcomeFrames.RunHere(this, All, First, outcomes);
        _failed = OutcomeFrames.CountFailed<TResult>(outcomes);
    }

    public override void Fail(Exception exception)
    {
        if (Count == 1)
        {
            Reserve()[0] = new Outcome<TResult>(First, exception);
            _failed = 1;
            Finish(TimeSpan.Zero);
        }
        else
        {
            AtFault(-1);
        }
    }

    /// <summary>The stream ends here, since what comes after would fail for the same reason, without end perhaps.</summary>
    public override void Abort(Exception reason)
    {
        if (!IsDone)
        {
            base.Fail(reason);
        }
    }

    public override WorkItem? AtFault(int place)
    {
        if (Count == 1)
        {
            return this;
        }

        _wasTakenApart = true;
        _parts = Count;
        _failed = 0;
        return OutcomePart<T, TResult>.TakeApart(engine, this, All, First, place);
    }

    public void Put(int index, Outcome<TResult> outcome)
    {
        if (!IsDone)
        {
            Reserve()[index] = outcome;
            _failed += outcome.IsSuccess ? 0 : 1;
            if (--_parts == 0)
            {
                Finish(TimeSpan.Zero);
            }
        }
    }
}
