using System.Runtime.CompilerServices;
using Cohort.Serializing;

namespace Cohort.Pools;

internal sealed partial class ResultStream<T, TResult>
{
    /// <summary>Some items on their way, then their results. Used again and again, so that a stream allocates little.</summary>
    public sealed class Chunk(ResultStream<T, TResult> stream, int capacity) : WorkItem(stream.Function)
    {
        private readonly TResult[] _results = new TResult[capacity];
        private volatile bool _isDone;
        private int _count;

        public override int Count => _count;

        public override bool IsAbandoned => stream._abandoned;

        public T[] Items { get; } = new T[capacity];

        public ReadOnlyMemory<TResult> Results => _results.AsMemory(0, _count);

        public bool IsDone
        {
            get => _isDone;
            set => _isDone = value;
        }

        public Exception? Fault { get; private set; }

        public TimeSpan Elapsed { get; private set; }

        public void Start(int count)
        {
            _count = count;
            _isDone = false;
            LostWorkers = 0;
        }

        /// <summary>Lets go of what the items and results refer to.</summary>
        public void Forget()
        {
            if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            {
                Array.Clear(Items);
            }

            if (RuntimeHelpers.IsReferenceOrContainsReferences<TResult>())
            {
                Array.Clear(_results);
            }
        }

        public override void WriteArguments(PickleWriter writer)
        {
            writer.WriteInt32(_count);
            writer.RootName = "item";
            if (_count == 1)
            {
                Pickle.Write(writer, Items[0]);
            }
            else
            {
                Pickle.WriteSpan<T>(writer, Items.AsSpan(0, _count));
            }
        }

        public override void Complete(PickleReader reader, TimeSpan elapsed)
        {
            if (_count == 1)
            {
                _results[0] = Pickle.Read<TResult>(reader);
            }
            else
            {
                Pickle.ReadSpan(reader, _results.AsSpan(0, _count));
            }

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
