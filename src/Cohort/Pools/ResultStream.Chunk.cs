using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cohort.Pools.Observing;
using Cohort.Serializing;

namespace Cohort.Pools;

internal sealed partial class ResultStream<T, TResult>
{
    /// <summary>Some items on their way, then their results. Used again and again, so that a stream allocates little.</summary>
    public sealed class Chunk(ResultStream<T, TResult> stream) : WorkItem(stream.Function, stream.Options)
    {
        private TResult[] _results = [];
        private volatile bool _isDone;

        /// <summary>Filled before it is sent, and not changed until its results are taken.</summary>
        public List<T> Items { get; } = [];

        public override int Count => Items.Count;

        public override bool IsAbandoned => stream._abandoned;

        public ReadOnlyMemory<TResult> Results => _results.AsMemory(0, Items.Count);

        public bool IsDone
        {
            get => _isDone;
            set => _isDone = value;
        }

        public Exception? Fault { get; private set; }

        public TimeSpan Elapsed { get; private set; }

        /// <summary>Makes it empty again.</summary>
        public void Clear()
        {
            Items.Clear();
            _isDone = false;
            Reset();
            if (RuntimeHelpers.IsReferenceOrContainsReferences<TResult>())
            {
                Array.Clear(_results);
            }
        }

        public override void WriteArguments(PickleWriter writer)
        {
            writer.WriteInt32(Items.Count);
            writer.RootName = "item";
            if (Items.Count == 1)
            {
                Pickle.Write(writer, Items[0]);
            }
            else
            {
                Pickle.WriteSpan<T>(writer, CollectionsMarshal.AsSpan(Items));
            }
        }

        public override void Complete(PickleReader reader, TimeSpan elapsed)
        {
            Reserve();
            if (Items.Count == 1)
            {
                _results[0] = Pickle.Read<TResult>(reader);
            }
            else
            {
                Pickle.ReadSpan(reader, _results.AsSpan(0, Items.Count));
            }

            Elapsed = elapsed;
            stream.OnDone(this);
        }

        public override void RunHere()
        {
            Reserve();
            ICallable<T, TResult> function = (ICallable<T, TResult>)Function.Function;
            for (int i = 0; i < Items.Count && !IsAbandoned; i++)
            {
                _results[i] = function.Invoke(Items[i]);
            }
        }

        public override void CompleteHere(TimeSpan elapsed)
        {
            Elapsed = elapsed;
            stream.OnDone(this);
        }

        public override void Fail(Exception exception)
        {
            Fault = exception;
            stream.OnDone(this);
        }

        public override string DescribeArguments() => ArgumentText.Of<T>(CollectionsMarshal.AsSpan(Items));

        private void Reserve()
        {
            if (_results.Length < Items.Count)
            {
                _results = new TResult[Items.Count];
            }
        }
    }
}
