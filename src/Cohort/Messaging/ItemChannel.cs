using Cohort.Serializing;
using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>Puts values into a queue and takes them out: what the queues of all kinds share.</summary>
internal sealed class ItemChannel<T>(QueueCore core)
{
    [ThreadStatic]
    private static PickleWriter? t_writer;

    public bool Put(T item, Deadline deadline, CancellationToken cancellationToken)
    {
        if (RawSpans<T>.IsRaw)
        {
            return core.Put(new RawItem<T>(item), deadline, cancellationToken);
        }

        // Taken and put back, because a pickler may come here again while it is in use.
        PickleWriter writer = Encode(item);
        bool isPut = false;
        try
        {
            isPut = core.Put(new EncodedItem(writer), deadline, cancellationToken);
            return isPut;
        }
        finally
        {
            Release(writer, isPut);
        }
    }

    public ValueTask<bool> PutAsync(T item, Deadline deadline, CancellationToken cancellationToken)
    {
        if (RawSpans<T>.IsRaw)
        {
            return core.PutAsync(new RawItem<T>(item), deadline, cancellationToken);
        }

        PickleWriter writer = Encode(item);
        ValueTask<bool> put;
        try
        {
            put = core.PutAsync(new EncodedItem(writer), deadline, cancellationToken);
        }
        catch
        {
            Release(writer, isPut: false);
            throw;
        }

        if (!put.IsCompletedSuccessfully)
        {
            return FinishAsync(put, writer);
        }

        bool isPut = put.Result;
        Release(writer, isPut);
        return new ValueTask<bool>(isPut);
    }

    /// <returns>Whether an item came, and if not, whether one may still come.</returns>
    public Taking Take(out T? item, LeasedItem? lease, Deadline deadline, CancellationToken cancellationToken)
    {
        ItemSink<T> sink = default;
        Taking taking = core.Take(ref sink, lease, deadline, cancellationToken);
        item = taking == Taking.Taken ? Read(ref sink, lease) : default;
        return taking;
    }

    /// <inheritdoc cref="Take"/>
    public ValueTask<(Taking Taking, T? Item)> TakeAsync(LeasedItem? lease, Deadline deadline, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<(Taking, T?)>(cancellationToken);
        }

        ItemSink<T> sink = default;
        return core.TryTakeSoon(ref sink, lease)
            ? new ValueTask<(Taking, T?)>((Taking.Taken, Read(ref sink, lease)))
            : TakeSlowlyAsync(lease, deadline, cancellationToken);
    }

    private async ValueTask<(Taking, T?)> TakeSlowlyAsync(LeasedItem? lease, Deadline deadline, CancellationToken cancellationToken)
    {
        (Taking taking, ItemSink<T> sink) = await core.TakeAsync<ItemSink<T>>(lease, deadline, cancellationToken).ConfigureAwait(false);
        return (taking, taking == Taking.Taken ? Read(ref sink, lease) : default);
    }

    private static async ValueTask<bool> FinishAsync(ValueTask<bool> put, PickleWriter writer)
    {
        bool isPut = false;
        try
        {
            isPut = await put.ConfigureAwait(false);
            return isPut;
        }
        finally
        {
            Release(writer, isPut);
        }
    }

    private PickleWriter Encode(T item)
    {
        PickleWriter writer = t_writer ?? new PickleWriter { RootName = "item" };
        t_writer = null;
        writer.Reset();
        writer.Context = core.Place;
        Pickle.Write(writer, item);
        return writer;
    }

    /// <summary>The end of an <see cref="Encode"/>. What an item that was not put was to carry is kept for nobody.</summary>
    private static void Release(PickleWriter writer, bool isPut)
    {
        if (!isPut)
        {
            writer.Undo();
        }

        t_writer = writer;
    }

    /// <summary>An item that cannot be read is gone, leased or not: it would come back for ever.</summary>
    private T Read(ref ItemSink<T> sink, LeasedItem? lease)
    {
        try
        {
            return sink.Read();
        }
        catch when (lease is not null)
        {
            core.Complete(lease.Position);
            throw;
        }
    }
}
