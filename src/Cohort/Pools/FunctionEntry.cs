using System.Runtime.CompilerServices;

namespace Cohort.Pools;

/// <summary>A function that a pool's workers are or will be told of.</summary>
internal sealed class FunctionEntry(int id, PoolFunction function, EncodedFunction encoded)
{
    /// <summary>The number it is called by, or <see cref="Inline"/> when its definition goes with each task.</summary>
    public int Id { get; } = id;

    public byte[] Definition => encoded.Definition;

    public PoolFunction Function => function;

    /// <summary>Gives up the handles that the definition carries, when no worker needs it any more; null when it carries none.</summary>
    public Action? Undo => encoded.Undo;

    /// <summary>Whether it serves one call only, so that workers may forget it after that.</summary>
    public bool IsTransient { get; init; }

    /// <summary>Some worker has answered a task that calls it, so it can be made.</summary>
    public bool WasCalled { get; set; }

    /// <summary>It captures a cancellation token, which is that of each task anew.</summary>
    public bool HasTaskToken => encoded.HasTaskToken;

    /// <summary>The same for many tasks of one call.</summary>
    public FunctionEntry Numbered(int id) => new(id, function, encoded) { IsTransient = true };

    /// <summary>For a function that is used once: no worker keeps it.</summary>
    public const int Inline = -1;
}

/// <summary>The functions of a pool: those without state get a number for good.</summary>
/// <param name="isEncoding">False for a pool whose workers are in this process: functions are called as they are.</param>
internal sealed class FunctionTable(bool isEncoding)
{
    /// <summary>Beyond this many, functions are sent with each task: somebody makes delegates in a loop.</summary>
    private const int MaxShared = 1024;

    private readonly ConditionalWeakTable<Delegate, FunctionEntry> _shared = [];
    private int _sharedCount;
    private uint _transientCount;

    /// <summary>The function for one call.</summary>
    /// <param name="function">What the caller gave; its captured state is taken as it is now, each time.</param>
    /// <param name="wrap">Makes what travels of it.</param>
    /// <exception cref="Serializing.PickleException">It captures what cannot travel.</exception>
    public FunctionEntry ForCall<TDelegate>(TDelegate function, Func<TDelegate, PoolFunction> wrap)
        where TDelegate : Delegate
    {
        if (_shared.TryGetValue(function, out FunctionEntry? known))
        {
            return known;
        }

        PoolFunction wrapped = wrap(function);
        if (!isEncoding)
        {
            return new FunctionEntry(FunctionEntry.Inline, wrapped, default);
        }

        EncodedFunction encoded = wrapped.Encode();
        if (HasState(function) || NextShared() is not { } id)
        {
            return new FunctionEntry(FunctionEntry.Inline, wrapped, encoded);
        }

        FunctionEntry entry = new(id, wrapped, encoded);
        return _shared.GetValue(function, _ => entry);
    }

    /// <summary>The function for many tasks of one call: numbered even if it has state, which is taken once.</summary>
    /// <inheritdoc cref="ForCall"/>
    public FunctionEntry ForMany<TDelegate>(TDelegate function, Func<TDelegate, PoolFunction> wrap)
        where TDelegate : Delegate
    {
        FunctionEntry entry = ForCall(function, wrap);
        return entry.Id != FunctionEntry.Inline || entry.HasTaskToken || !isEncoding
            ? entry
            : entry.Numbered(TransientId(Interlocked.Increment(ref _transientCount)));
    }

    /// <summary>The numbers of functions that serve one call go round, above those for good: a pool may live for years.</summary>
    public static int TransientId(uint count) => MaxShared + 1 + (int)(count % (PoolFrames.MaxFunctionId - MaxShared));

    private int? NextShared()
    {
        int count = Volatile.Read(ref _sharedCount);
        return count < MaxShared && Interlocked.Increment(ref _sharedCount) is int id && id <= MaxShared ? id : null;
    }

    private static bool HasState(Delegate function)
    {
        if (function.HasSingleTarget)
        {
            return function.Target is { } target && !Stateless.IsStateless(target.GetType());
        }

        return true;
    }

    /// <summary>Types without instance fields, such as the one on which the compiler puts lambdas that capture nothing.</summary>
    private static class Stateless
    {
        private static readonly ConditionalWeakTable<Type, object> s_known = [];

        public static bool IsStateless(Type type) => (bool)s_known.GetValue(type, static t =>
            t.BaseType == typeof(object)
            && t.GetFields(
                System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.NonPublic).Length == 0);
    }
}
