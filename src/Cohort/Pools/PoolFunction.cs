using System.Reflection;
using System.Runtime.CompilerServices;
using Cohort.Serializing;
using Cohort.Sharing;

namespace Cohort.Pools;

/// <summary>A function as the workers of a pool know it. Sent once to each worker, then called by its number.</summary>
internal abstract class PoolFunction
{
    /// <summary>The function as its caller gave it, for messages.</summary>
    public abstract Delegate Function { get; }

    /// <summary>The whole function in bytes, for any number of workers: the state of its closure is that of now.</summary>
    public EncodedFunction Encode()
    {
        PickleWriter writer = new() { Context = HandleTicket.ForMany, CarriesTaskTokens = true };
        Pickle.Write<Type>(writer, GetType());
        writer.RootName = "function";
        Write(writer);
        return new EncodedFunction(writer.ToArray(), writer.TakeUndo(), writer.HasTaskToken);
    }

    public static PoolFunction Decode(PickleReader reader)
    {
        PoolFunction function = (PoolFunction)RuntimeHelpers.GetUninitializedObject(Pickle.Read<Type>(reader));
        function.Read(reader);
        return function;
    }

    /// <summary>Worker: reads a chunk of arguments, calls the function on each, and writes the results.</summary>
    public abstract void Run(PickleReader arguments, PickleWriter results);

    /// <summary>Worker: has the runtime compile what a first call would wait for. Runs no code of the user's.</summary>
    public virtual void Prepare()
    {
    }

    protected abstract void Write(PickleWriter writer);

    protected abstract void Read(PickleReader reader);
}

/// <summary>A function in bytes.</summary>
/// <param name="Definition">The bytes.</param>
/// <param name="Undo">Gives up the handles that it captures, when no worker needs it any more; null when there are none.</param>
/// <param name="HasTaskToken">It captures a cancellation token, so it has to be decoded for each task.</param>
internal readonly record struct EncodedFunction(byte[] Definition, Action? Undo, bool HasTaskToken);

/// <summary>A function of one argument tuple, held as a delegate of its own type.</summary>
internal abstract class PoolFunction<TDelegate, TArguments, TResult>(TDelegate function) : PoolFunction, ICallable<TArguments, TResult>
    where TDelegate : Delegate
{
    /// <summary>What is called. Not read-only: a worker fills it in after the object is made.</summary>
    protected TDelegate Target = function;

    /// <summary>The buffers of the last chunk, kept while they hold no references.</summary>
    private TArguments[]? _arguments;
    private TResult[]? _results;

    public sealed override Delegate Function => Target;

    public abstract TResult Invoke(TArguments arguments);

    public sealed override void Run(PickleReader arguments, PickleWriter results)
    {
        int count = arguments.ReadInt32();
        if (count == 1)
        {
            TResult result = Invoke(Pickle.Read<TArguments>(arguments));
            results.RootName = "result";
            Pickle.Write(results, result);
            return;
        }

        if (count < 0)
        {
            OutcomeFrames.Run(this, -count, arguments, results);
            return;
        }

        TArguments[] inputs = Buffer(ref _arguments, count);
        Pickle.ReadSpan(arguments, inputs.AsSpan(0, count));
        TResult[] outputs = Buffer(ref _results, count);
        for (int i = 0; i < count; i++)
        {
            outputs[i] = Invoke(inputs[i]);
        }

        results.RootName = "result";
        Pickle.WriteSpan<TResult>(results, outputs.AsSpan(0, count));
    }

    public sealed override void Prepare()
    {
        PickleWriter writer = new();
        PickleReader reader = new();

        // A chunk of no items.
        writer.WriteInt32(0);
        reader.Reset(writer.ToArray());
        Run(reader, new PickleWriter());
        PrepareItem<TArguments>(writer, reader);
        PrepareItem<TResult>(writer, reader);
        Compile(((Delegate)Invoke).Method);
        Compile(Target.Method);
    }

    /// <summary>Never called; see <see cref="CommonSignatures"/>.</summary>
    public void Mention()
    {
        Read(new PickleReader());
        Prepare();
    }

    protected sealed override void Write(PickleWriter writer) => Pickle.Write(writer, Target);

    /// <remarks>Inlined where it is mentioned, it would not be compiled as what it is called as.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    protected sealed override void Read(PickleReader reader) => Target = Pickle.Read<TDelegate>(reader);

    /// <summary>A value there and back, if that involves nothing but this library and the framework's own types.</summary>
    private static void PrepareItem<T>(PickleWriter writer, PickleReader reader)
    {
        if (IsPlain(typeof(T)))
        {
            writer.Reset();
            Pickle.Write(writer, default(T));
            reader.Reset(writer.ToArray());
            Pickle.Read<T>(reader);
        }
    }

    private static void Compile(MethodInfo method)
    {
        RuntimeTypeHandle[] parameters =
        [
            .. (method.DeclaringType?.GetGenericArguments() ?? []).Concat(method.GetGenericArguments()).Select(static type => type.TypeHandle),
        ];
        RuntimeHelpers.PrepareMethod(method.MethodHandle, parameters.Length == 0 ? null : parameters);
    }

    private static bool IsPlain(Type type) =>
        type.IsValueType && type.Assembly == typeof(object).Assembly && Array.TrueForAll(type.GetGenericArguments(), IsPlain);

    private static T[] Buffer<T>(ref T[]? kept, int count)
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            return new T[count];
        }

        return kept is not null && kept.Length >= count ? kept : kept = new T[Math.Max(count, 16)];
    }
}
