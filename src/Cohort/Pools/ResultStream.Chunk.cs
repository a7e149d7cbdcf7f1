using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cohort.Pools.Observing;
using Cohort.Serializing;

namespace Cohort.Pools;

internal sealed partial class ResultStream<T, TResult>
{
    /// <summary>Some items on their way, then their results. Used again and again, so that a stream allocates little.</summary>
    public class Chunk(ResultStream<T, TResult> stream) : WorkItem(stream.Function, stream.Options)
    {
        private TResult[] _results = [];
        private volatile bool _isDone;

        /// <summary>Filled before it is sent, and not changed until its results are taken.</summary>
        public List<T> Items { get; } = [];

        public sealed override int Count => Items.Count;

        /// <summary>The first item's place in the input.</summary>
        public long First { get; set; }

        /// <summary>Whether nobody else knows it once its results are taken. One that was late is still in its worker's books.</summary>
        public virtual bool IsReusable => !IsSettled;

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
            ItemEncoding.Write<T>(writer, CollectionsMarshal.AsSpan(Items), First);
        }

        public override void Complete(PickleReader reader, TimeSpan elapsed)
        {
            Span<TResult> results = Reserve();
            if (Items.Count == 1)
            {
                results[0] = Pickle.Read<TResult>(reader);
            }
            else
            {
                Pickle.ReadSpan(reader, results);
            }

            Finish(elapsed);
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

        public sealed override void CompleteHere(TimeSpan elapsed) => Finish(elapsed);

        public override string Describe() => Items.Count == 1
            ? $"{base.Describe()} on item {First}"
            : $"{base.Describe()} on items {First} to {First + Items.Count - 1}";

        public override void Fail(Exception exception)
        {
            Fault = exception;
            stream.OnDone(this);
        }

        public override string DescribeArguments() => ArgumentText.Of<T>(CollectionsMarshal.AsSpan(Items));

        /// <summary>Room for the results of all items.</summary>
        protected Span<TResult> Reserve()
        {
            if (_results.Length < Items.Count)
            {
                _results = new TResult[Items.Count];
            }

            return _results.AsSpan(0, Items.Count);
        }

        /// <summary>All results are there.</summary>
        protected void Finish(TimeSpan elapsed)
        {
            Elapsed = elapsed;
            stream.OnDone(this);
        }
    }
}
