using System.Runtime.InteropServices;
using Cohort.Serializing;

namespace Cohort.Pools;

internal sealed partial class ResultStream<T, TResult>
{
    /// <summary>Some items on their way, then their results.</summary>
    public sealed class Chunk(ResultStream<T, TResult> stream, List<T> items) : WorkItem(stream.Function)
    {
        private volatile bool _isDone;

        public override int Count => items.Count;

        public override bool IsAbandoned => stream._abandoned;

        public bool IsDone
        {
            get => _isDone;
            set => _isDone = value;
        }

        public TResult[] Results { get; private set; } = [];

        public Exception? Fault { get; private set; }

        public TimeSpan Elapsed { get; private set; }

        public override void WriteArguments(PickleWriter writer)
        {
            writer.WriteInt32(items.Count);
            writer.RootName = "item";
            if (items.Count == 1)
            {
                Pickle.Write(writer, items[0]);
            }
            else
            {
                Pickle.WriteSpan<T>(writer, CollectionsMarshal.AsSpan(items));
            }
        }

        public override void Complete(PickleReader reader, TimeSpan elapsed)
        {
            TResult[] results = new TResult[items.Count];
            if (results.Length == 1)
            {
                results[0] = Pickle.Read<TResult>(reader);
            }
            else
            {
                Pickle.ReadSpan(reader, results.AsSpan());
            }

            Results = results;
            Elapsed = elapsed;
            stream.OnDone(this);
        }

        public override void Fail(Exception exception)
        {
            Fault = exception;
            stream.OnDone(this);
        }
    }
}
