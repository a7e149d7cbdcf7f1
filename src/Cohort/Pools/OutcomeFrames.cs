using Cohort.Serializing;
using Cohort.Workers;

namespace Cohort.Pools;

// Overview
//
// A chunk whose items are to fail each by itself carries its length negated, so that a worker can tell; a single item goes
// as any other task does. What can go wrong in a chunk, and what then happens:
//
//   an item cannot be encoded       nothing was sent: each item is sent by itself
//   an item cannot be decoded       nothing was run, since all are decoded first: the same
//   the function throws             the worker notes it and goes on with the next item
//   a result cannot be encoded      the worker notes that: each result is a message of its own. They are encoded when all have run,
//                                   as those of other maps are: large arrays are only referred to until all of it is sent
//   a result cannot be decoded      that item fails, for the same reason
//   the worker dies                 TaskClaim says at which item it was, be it while it decoded, ran or encoded it: that one
//                                   is blamed. The others are sent each by itself, also those whose results died with the
//                                   worker, which are so run twice.
//
// An item that is sent by itself is an OutcomePart. A worker that dies of one leaves no doubt about which it was, so all of
// it comes to an end.

/// <summary>How a chunk of items and the outcomes of its items travel.</summary>
internal static class OutcomeFrames
{
    /// <summary>Worker: runs each item of a chunk, and writes what became of it.</summary>
    public static void Run<T, TResult>(ICallable<T, TResult> function, int count, PickleReader arguments, PickleWriter results)
    {
        T[] items = new T[count];
        for (int i = 0; i < count; i++)
        {
            WorkerTask.NoteItem(i);
            items[i] = Pickle.Read<T>(arguments);
        }

        Outcome<TResult>[] outcomes = new Outcome<TResult>[count];
        for (int i = 0; i < count; i++)
        {
            WorkerTask.NoteItem(i);
            outcomes[i] = RunOne(function, items[i], i);
        }

        PickleWriter one = new() { Context = results.Context, GoesToSharedMemory = true };
        for (int i = 0; i < count; i++)
        {
            WorkerTask.NoteItem(i);
            Exception? fault = outcomes[i].Exception ?? Encode(one, outcomes[i].Value);

            // What fails from here on is that all of them together are too long.
            results.WriteBoolean(fault is null);
            if (fault is null)
            {
                AddUndo(one, results);
                results.WriteMessage(one);
            }
            else
            {
                RemoteFault.Write(results, fault);
            }
        }

        // From here on it is no item's fault.
        WorkerTask.NoteItem(count);
    }

    /// <summary>Caller: reads what became of the items of a chunk.</summary>
    /// <param name="reader">At the outcomes.</param>
    /// <param name="first">The first item's place in the input.</param>
    /// <param name="outcomes">Room for as many as there are items.</param>
    public static void Read<TResult>(PickleReader reader, long first, Span<Outcome<TResult>> outcomes)
    {
        for (int i = 0; i < outcomes.Length; i++)
        {
            outcomes[i] = reader.ReadBoolean()
                ? Rebuild<TResult>(reader.ReadBytesInPlace(), first + i)
                : new Outcome<TResult>(first + i, RemoteFault.Read(reader));
        }
    }

    /// <summary>Runs each item of a chunk in this process. A single item fails as any other task does, so that it may be run again.</summary>
    public static void RunHere<T, TResult>(WorkItem chunk, ReadOnlySpan<T> items, long first, Span<Outcome<TResult>> outcomes)
    {
        ICallable<T, TResult> function = (ICallable<T, TResult>)chunk.Function.Function;
        if (items.Length == 1)
        {
            outcomes[0] = new Outcome<TResult>(first, function.Invoke(items[0]));
            return;
        }

        for (int i = 0; i < items.Length && !chunk.IsAbandoned; i++)
        {
            outcomes[i] = RunOne(function, items[i], first + i);
        }
    }

    /// <summary>How many have failed.</summary>
    public static int CountFailed<TResult>(ReadOnlySpan<Outcome<TResult>> outcomes)
    {
        int failed = 0;
        foreach (Outcome<TResult> outcome in outcomes)
        {
            failed += outcome.IsSuccess ? 0 : 1;
        }

        return failed;
    }

    private static Outcome<TResult> RunOne<T, TResult>(ICallable<T, TResult> function, T item, long index)
    {
        try
        {
            return new Outcome<TResult>(index, function.Invoke(item));
        }
        catch (Exception exception)
        {
            return new Outcome<TResult>(index, exception);
        }
    }

    /// <returns>Why it cannot be encoded; null if it was.</returns>
    private static Exception? Encode<TResult>(PickleWriter writer, TResult result)
    {
        writer.Reset();
        writer.RootName = "result";
        try
        {
            Pickle.Write(writer, result);
            return null;
        }
        catch (Exception exception)
        {
            writer.Undo();
            return exception;
        }
    }

    private static Outcome<TResult> Rebuild<TResult>(ReadOnlySpan<byte> message, long index)
    {
        try
        {
            return new Outcome<TResult>(index, Pickle.Loads<TResult>(message));
        }
        catch (Exception exception)
        {
            return new Outcome<TResult>(index, exception);
        }
    }

    private static void AddUndo(PickleWriter from, PickleWriter to)
    {
        if (from.TakeUndo() is { } undo)
        {
            to.AddUndo(undo);
        }
    }
}
