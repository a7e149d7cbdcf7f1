using System.Diagnostics;
using Cohort.Serializing;

namespace Cohort.Sharing;

/// <summary>
/// A value that many tasks need, sent once to each worker process instead of with each task (Spark: <c>broadcast</c>;
/// mpire: <c>shared_objects</c>). It can be an argument, a captured variable or part of a result.
/// </summary>
/// <remarks>
/// <para>
/// The value is encoded once, into shared memory; what travels is a small handle. A process decodes it when somebody asks for
/// <see cref="Value"/> the first time, and all handles there give that one object, to all threads: do not change it. In the
/// process that made it, the value is the very object. Later workers get it as well.
/// </para>
/// <para>
/// Keep it, and dispose it when no task needs it any more: that gives back the memory, in workers within a second or so.
/// The value is that of the moment when the broadcast was made. For data that changes there are <see cref="SharedMemory"/>
/// and shared arrays.
/// </para>
/// </remarks>
/// <typeparam name="T">The value's type; the object itself may be of a derived one.</typeparam>
[Picklable(typeof(Broadcast<>.Pickler))]
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Broadcast<T> : IDisposable, IAsyncDisposable
{
    private readonly BroadcastEntry<T> _entry;
    private volatile bool _isDisposed;

    /// <summary>Encodes a value for all processes.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="PickleException">It cannot travel.</exception>
    /// <exception cref="IOException">There is no memory, or no descriptor is left.</exception>
    public Broadcast(T value)
    {
        PickleWriter writer = new() { Context = HandleTicket.ForMany, RootName = "broadcast value", GoesToSharedMemory = true };
        Pickle.Write(writer, value);
        try
        {
            _entry = new BroadcastEntry<T>(BroadcastWords.Create(writer), value, writer.TakeUndo());
        }
        catch
        {
            writer.Undo();
            throw;
        }

        Broadcasts.Add(_entry);
    }

    private Broadcast(BroadcastEntry<T> entry) => _entry = entry;

    /// <summary>The value: decoded here by the first call in this process.</summary>
    /// <exception cref="ObjectDisposedException">This handle was disposed.</exception>
    /// <exception cref="SharedObjectLostException">The process that made it has disposed it, or has ended.</exception>
    /// <exception cref="PickleException">It cannot be rebuilt in this process.</exception>
    public T Value
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _entry.TryGet(out T? value) ? value : throw Lost();
        }
    }

    /// <summary>
    /// In the process that made it: ends the value everywhere; whoever asks for it from then on gets a
    /// <see cref="SharedObjectLostException"/>, and objects that were handed out stay good. Elsewhere: ends this handle only.
    /// Idempotent.
    /// </summary>
    public void Dispose()
    {
        _isDisposed = true;
        if (_entry.IsCreator)
        {
            Broadcasts.End(_entry);
        }
    }

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    /// <inheritdoc/>
    public override string ToString() => $"Broadcast<{typeof(T).Name}> ({_entry.Cell.Length} bytes{(_isDisposed || _entry.IsGone ? ", disposed" : "")})";

    private static SharedObjectLostException Lost() => new(
        $"The broadcast {typeof(T)} is gone: the process that made it has disposed it, or has ended. Dispose it when no task needs it any more.", null);

    /// <summary>Carries where the value lies.</summary>
    internal sealed class Pickler : IPickler<Broadcast<T>>
    {
        public void Write(PickleWriter writer, Broadcast<T> value)
        {
            ObjectDisposedException.ThrowIf(value._isDisposed, value);
            if (value._entry.IsGone)
            {
                throw Lost();
            }

            if (value._entry.IsCreator)
            {
                Broadcasts.NoteSent(value._entry);
            }

            value._entry.Cell.Write(writer);
        }

        public Broadcast<T> Read(PickleReader reader) => new(Broadcasts.Find<T>(SharedCell.Read(reader, SharedKind.Broadcast)));
    }
}

/// <summary>Makes a <see cref="Broadcast{T}"/> without naming its type.</summary>
public static class Broadcast
{
    /// <summary>Encodes a value for all processes.</summary>
    /// <typeparam name="T">The value's type; the object itself may be of a derived one.</typeparam>
    /// <param name="value">The value.</param>
    /// <returns>What to hand to tasks. Dispose it when no task needs it any more.</returns>
    /// <inheritdoc cref="Broadcast{T}(T)" path="/exception"/>
    public static Broadcast<T> Create<T>(T value) => new(value);
}
