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

internal sealed class ActionTarget(Action function) : WorkerTarget
{
    private Action _function = function;

    public override void Invoke() => _function();

    public override void Write(PickleWriter writer) => WritePart(writer, "target", _function);

    public override void Read(PickleReader reader) => _function = Pickle.Read<Action>(reader);
}

internal sealed class ActionTarget<T>(Action<T> function, T argument) : WorkerTarget
{
    private Action<T> _function = function;
    private T _argument = argument;

    public override void Invoke() => _function(_argument);

    public override void Write(PickleWriter writer)
    {
        WritePart(writer, "target", _function);
        WritePart(writer, "args[0]", _argument);
    }

    public override void Read(PickleReader reader)
    {
        _function = Pickle.Read<Action<T>>(reader);
        _argument = Pickle.Read<T>(reader);
    }
}

internal sealed class ActionTarget<T1, T2>(Action<T1, T2> function, T1 argument1, T2 argument2) : WorkerTarget
{
    private Action<T1, T2> _function = function;
    private T1 _argument1 = argument1;
    private T2 _argument2 = argument2;

    public override void Invoke() => _function(_argument1, _argument2);

    public override void Write(PickleWriter writer)
    {
        WritePart(writer, "target", _function);
        WritePart(writer, "args[0]", _argument1);
        WritePart(writer, "args[1]", _argument2);
    }

    public override void Read(PickleReader reader)
    {
        _function = Pickle.Read<Action<T1, T2>>(reader);
        _argument1 = Pickle.Read<T1>(reader);
        _argument2 = Pickle.Read<T2>(reader);
    }
}

internal sealed class ActionTarget<T1, T2, T3>(Action<T1, T2, T3> function, T1 argument1, T2 argument2, T3 argument3) : WorkerTarget
{
    private Action<T1, T2, T3> _function = function;
    private T1 _argument1 = argument1;
    private T2 _argument2 = argument2;
    private T3 _argument3 = argument3;

    public override void Invoke() => _function(_argument1, _argument2, _argument3);

    public override void Write(PickleWriter writer)
    {
        WritePart(writer, "target", _function);
        WritePart(writer, "args[0]", _argument1);
        WritePart(writer, "args[1]", _argument2);
        WritePart(writer, "args[2]", _argument3);
    }

    public override void Read(PickleReader reader)
    {
        _function = Pickle.Read<Action<T1, T2, T3>>(reader);
        _argument1 = Pickle.Read<T1>(reader);
        _argument2 = Pickle.Read<T2>(reader);
        _argument3 = Pickle.Read<T3>(reader);
    }
}

internal sealed class AsyncTarget(Func<Task> function) : WorkerTarget
{
    private Func<Task> _function = function;

    public override void Invoke() => _function().GetAwaiter().GetResult();

    public override void Write(PickleWriter writer) => WritePart(writer, "target", _function);

    public override void Read(PickleReader reader) => _function = Pickle.Read<Func<Task>>(reader);
}

internal sealed class AsyncTarget<T>(Func<T, Task> function, T argument) : WorkerTarget
{
    private Func<T, Task> _function = function;
    private T _argument = argument;

    public override void Invoke() => _function(_argument).GetAwaiter().GetResult();

    public override void Write(PickleWriter writer)
    {
        WritePart(writer, "target", _function);
        WritePart(writer, "args[0]", _argument);
    }

    public override void Read(PickleReader reader)
    {
        _function = Pickle.Read<Func<T, Task>>(reader);
        _argument = Pickle.Read<T>(reader);
    }
}

internal sealed class AsyncTarget<T1, T2>(Func<T1, T2, Task> function, T1 argument1, T2 argument2) : WorkerTarget
{
    private Func<T1, T2, Task> _function = function;
    private T1 _argument1 = argument1;
    private T2 _argument2 = argument2;

    public override void Invoke() => _function(_argument1, _argument2).GetAwaiter().GetResult();

    public override void Write(PickleWriter writer)
    {
        WritePart(writer, "target", _function);
        WritePart(writer, "args[0]", _argument1);
        WritePart(writer, "args[1]", _argument2);
    }

    public override void Read(PickleReader reader)
    {
        _function = Pickle.Read<Func<T1, T2, Task>>(reader);
        _argument1 = Pickle.Read<T1>(reader);
        _argument2 = Pickle.Read<T2>(reader);
    }
}

internal sealed class AsyncTarget<T1, T2, T3>(Func<T1, T2, T3, Task> function, T1 argument1, T2 argument2, T3 argument3) : WorkerTarget
{
    private Func<T1, T2, T3, Task> _function = function;
    private T1 _argument1 = argument1;
    private T2 _argument2 = argument2;
    private T3 _argument3 = argument3;

    public override void Invoke() => _function(_argument1, _argument2, _argument3).GetAwaiter().GetResult();

    public override void Write(PickleWriter writer)
    {
        WritePart(writer, "target", _function);
        WritePart(writer, "args[0]", _argument1);
        WritePart(writer, "args[1]", _argument2);
        WritePart(writer, "args[2]", _argument3);
    }

    public override void Read(PickleReader reader)
    {
        _function = Pickle.Read<Func<T1, T2, T3, Task>>(reader);
        _argument1 = Pickle.Read<T1>(reader);
        _argument2 = Pickle.Read<T2>(reader);
        _argument3 = Pickle.Read<T3>(reader);
    }
}
