using Cohort.Serializing;

namespace Cohort.Workers;

/// <summary>A function with its arguments, as a worker is sent it.</summary>
internal abstract class WorkerTarget
{
    public abstract void Invoke();

    public abstract void Write(PickleWriter writer);

    public abstract void Read(PickleReader reader);

    /// <summary>Writes a part under the name that an error about it shall show.</summary>
    protected static void WritePart<T>(PickleWriter writer, string name, T part)
    {
        writer.RootName = name;
        Pickle.Write(writer, part);
    }
}

/// <summary>A function without arguments, and what all have.</summary>
internal abstract class WorkerTarget<TFunction>(TFunction function) : WorkerTarget
    where TFunction : Delegate
{
    protected TFunction Function { get; private set; } = function;

    public override void Write(PickleWriter writer) => WritePart(writer, "target", Function);

    public override void Read(PickleReader reader) => Function = Pickle.Read<TFunction>(reader);
}

internal abstract class WorkerTarget<TFunction, T>(TFunction function, T argument) : WorkerTarget<TFunction>(function)
    where TFunction : Delegate
{
    protected T Argument { get; private set; } = argument;

    public override void Write(PickleWriter writer)
    {
        base.Write(writer);
        WritePart(writer, "args[0]", Argument);
    }

    public override void Read(PickleReader reader)
    {
        base.Read(reader);
        Argument = Pickle.Read<T>(reader);
    }
}

internal abstract class WorkerTarget<TFunction, T1, T2>(TFunction function, T1 argument1, T2 argument2) : WorkerTarget<TFunction, T1>(function, argument1)
    where TFunction : Delegate
{
    protected T2 Argument2 { get; private set; } = argument2;

    public override void Write(PickleWriter writer)
    {
        base.Write(writer);
        WritePart(writer, "args[1]", Argument2);
    }

    public override void Read(PickleReader reader)
    {
        base.Read(reader);
        Argument2 = Pickle.Read<T2>(reader);
    }
}

internal abstract class WorkerTarget<TFunction, T1, T2, T3>(TFunction function, T1 argument1, T2 argument2, T3 argument3)
    : WorkerTarget<TFunction, T1, T2>(function, argument1, argument2)
    where TFunction : Delegate
{
    protected T3 Argument3 { get; private set; } = argument3;

    public override void Write(PickleWriter writer)
    {
        base.Write(writer);
        WritePart(writer, "args[2]", Argument3);
    }

    public override void Read(PickleReader reader)
    {
        base.Read(reader);
        Argument3 = Pickle.Read<T3>(reader);
    }
}
