using Cohort.Serializing;
using Cohort.Sharing;

namespace Cohort.Pools;

/// <summary>What a pool's user has each worker do before its first task and after its last.</summary>
/// <param name="Initializer">First of all.</param>
/// <param name="StateFactory">Makes what <see cref="WorkerState"/> gives.</param>
/// <param name="Start">Its result goes to the pool.</param>
/// <param name="Exit">Its result goes to the pool.</param>
internal sealed record WorkerStages(Action? Initializer, Func<object>? StateFactory, Func<object?>? Start, Func<object?>? Exit)
{
    public static WorkerStages None { get; } = new(null, null, null, null);

    /// <summary>Whether a worker has something to do of the user's before its first task.</summary>
    public bool HasStart => Initializer is not null || StateFactory is not null || Start is not null;

    /// <summary>Whether a worker that leaves has something to do of the user's.</summary>
    public bool HasEnd => Exit is not null || StateFactory is not null;

    /// <summary>
    /// All in one message, with the captured state of now, so that later workers begin as the first did, and so that
    /// stages that share a variable still share it.
    /// </summary>
    /// <param name="undo">Gives up the handles that they capture, when no worker will start any more; null when there are none.</param>
    /// <returns>Null when there is nothing to do.</returns>
    /// <exception cref="PickleException">They capture what cannot travel.</exception>
    public byte[]? Encode(out Action? undo)
    {
        undo = null;
        if (this == None)
        {
            return null;
        }

        PickleWriter writer = new() { Context = HandleTicket.ForMany };
        WritePart(writer, "initializer", Initializer);
        WritePart(writer, "state factory", StateFactory);
        WritePart(writer, "start function", Start);
        WritePart(writer, "exit function", Exit);
        undo = writer.TakeUndo();
        return writer.ToArray();
    }

    /// <exception cref="PickleException">They cannot be rebuilt here.</exception>
    public static unsafe WorkerStages Decode(byte[]? message)
    {
        if (message is null)
        {
            return None;
        }

        PickleReader reader = new();
        fixed (byte* start = message)
        {
            reader.Reset(start, message.Length);
            WorkerStages stages = new(
                Pickle.Read<Action?>(reader),
                Pickle.Read<Func<object>?>(reader),
                Pickle.Read<Func<object?>?>(reader),
                Pickle.Read<Func<object?>?>(reader));
            reader.Clear();
            return stages;
        }
    }

    private static void WritePart<T>(PickleWriter writer, string name, T stage)
    {
        writer.RootName = name;
        Pickle.Write(writer, stage);
    }
}
