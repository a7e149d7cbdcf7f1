using System.Diagnostics;
using System.Reflection;
using Cohort.Benchmarks.Compare;
using Cohort.Serializing;

namespace Cohort.Benchmarks.Workloads;

/// <summary>
/// The payload codec against the prototype that its design was measured with. The prototype is no part of this repository: an
/// assembly with a class <c>Pk.Pickle</c> (<c>byte[] Dumps&lt;T&gt;(T)</c>, <c>T Loads&lt;T&gt;(byte[])</c>), named by an environment
/// variable. Without it the rows show our side only.
/// </summary>
internal static class CodecWorkloads
{
    private const string PrototypeVariable = "COHORT_CODEC_PROTOTYPE";
    private const int Batches = 8;
    private static readonly TimeSpan s_batch = TimeSpan.FromMilliseconds(40);

    private static readonly Type? s_prototype = Environment.GetEnvironmentVariable(PrototypeVariable) is { Length: > 0 } path
        ? Assembly.LoadFrom(path).GetType("Pk.Pickle", throwOnError: true)
        : null;

    public static IEnumerable<Row> Rows =>
    [
        .. Both("int", 42),
        .. Both("pair", (42, "hello")),
        .. Both("object", CodecBenchmarks.Customer.Create()),
        .. Both("array", Enumerable.Range(0, 100_000).Select(static x => (double)x).ToArray()),
        .. Both("records", Enumerable.Range(0, 1000).Select(static x => new CodecBenchmarks.Row(x, "name" + x, x * 0.5)).ToList()),
    ];

    private static IEnumerable<Row> Both<T>(string name, T value)
    {
        Func<byte[], T> read = static message => Pickle.Loads<T>(message);
        yield return New($"codec_write_{name}", () => Pickle.Dumps(value), Prototype<Func<T, byte[]>>("Dumps", typeof(T)) is { } dumps ? () => dumps(value) : null);
        yield return New(
            $"codec_read_{name}",
            Reader(read, Pickle.Dumps(value)),
            Prototype<Func<byte[], T>>("Loads", typeof(T)) is { } loads
                ? Reader(loads, Prototype<Func<T, byte[]>>("Dumps", typeof(T))!(value))
                : null);
    }

    private static Func<T> Reader<T>(Func<byte[], T> read, byte[] message) => () => read(message);

    private static Row New<TResult>(string name, Func<TResult> ours, Func<TResult>? prototypes) =>
        new(name, "ns", Better.Lower, PeerKind.CodecPrototype, Bar.Ratio(1.3), () => BestOfBatches(ours))
        {
            MeasurePeer = prototypes is null ? null : () => BestOfBatches(prototypes),
        };

    private static TDelegate? Prototype<TDelegate>(string method, Type argument)
        where TDelegate : Delegate =>
        s_prototype?.GetMethod(method)!.MakeGenericMethod(argument).CreateDelegate<TDelegate>();

    /// <summary>Nanoseconds a call in the best of the batches, as the figures of the prototype were taken.</summary>
    private static double BestOfBatches<TResult>(Func<TResult> call)
    {
        double best = double.MaxValue;
        for (int batch = -Batches; batch < Batches; batch++)
        {
            long calls = 0;
            long start = Stopwatch.GetTimestamp();
            TimeSpan elapsed;
            do
            {
                for (int i = 0; i < 16; i++)
                {
                    GC.KeepAlive(call());
                }

                calls += 16;
                elapsed = Stopwatch.GetElapsedTime(start);
            }
            while (elapsed < s_batch);

            // The first half is for the code to be compiled as well as it gets.
            best = batch < 0 ? best : Math.Min(best, elapsed.TotalNanoseconds / calls);
        }

        return best;
    }
}
