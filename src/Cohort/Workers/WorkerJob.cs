using System.Runtime.CompilerServices;
using Cohort.Serializing;

namespace Cohort.Workers;

/// <summary>What a worker process does between its start and its end.</summary>
/// <remarks>
/// A job writes and reads itself: its parts (functions, arguments) go through the codec, but the job's own shape needs
/// no generated code, which a cold worker would have to compile first.
/// </remarks>
internal abstract class WorkerJob
{
    /// <summary>Writes the job so that <see cref="ReadWhole"/> finds its type again.</summary>
    public static void WriteWhole(PickleWriter writer, WorkerJob job)
    {
        // The commonest kind is told by a flag: to name a type costs a cold worker a millisecond.
        bool isProcess = job is ProcessJob;
        writer.WriteBoolean(isProcess);
        if (!isProcess)
        {
            Pickle.Write<Type>(writer, job.GetType());
        }

        job.Write(writer);
    }

    public static WorkerJob ReadWhole(PickleReader reader)
    {
        WorkerJob job = reader.ReadBoolean() ? new ProcessJob(null!) : Make(Pickle.Read<Type>(reader));
        job.Read(reader);
        return job;
    }

    /// <summary>Runs in the worker, on its main thread; the result is the exit code.</summary>
    public abstract int Run(WorkerSession session);

    protected abstract void Write(PickleWriter writer);

    protected abstract void Read(PickleReader reader);

    private static WorkerJob Make(Type type) => typeof(WorkerJob).IsAssignableFrom(type)
        ? (WorkerJob)RuntimeHelpers.GetUninitializedObject(type)
        : throw new InvalidDataException($"A worker was sent {type} as its job.");
}
