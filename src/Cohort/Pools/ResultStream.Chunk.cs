using Cohort.Serializing;

namespace Cohort.Pools;

internal sealed partial class ResultStream<T, TResult>
{
    /// <summary>Some items on their way, then their results.</summary>
    public sealed class Chunk(ResultStream<T, TResult> stream, T[] items, int count) : WorkItem(stream.Function)
    {
        private readonly T[] _items = items;
        private volatile bool _isDone;

        public override int Count => count;

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
            writer.WriteInt32(count);
            writer.RootName = "item";
            if (count == 1)
            {
                Pickle.Write(writer, _items[0]);
            }
            else
            {
                Pickle.WriteSpan<T>(writer, _items.AsSpan(0, count));
            }
        }

        public override void Complete(PickleReader reader, TimeSpan elapsed)
        {
            TResult[] results = new TResult[count];
            if (count == 1)
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
