using Cohort.Pools.Observing;
using Cohort.Serializing;

namespace Cohort.Pools;

internal sealed partial class OutcomeMap<T, TResult>
{
    private sealed class Chunk(OutcomeMap<T, TResult> map, int start, int count)
        : WorkItem(map.Function, map.Options), IOutcomeBoard<TResult>
    {
        /// <summary>What ran in this process, until it is known that the map still wants it.</summary>
        private Outcome<TResult>[]? _ran;

        private int _failed;

        public override bool IsAbandoned => map.IsOver;

        public override int FailedCount => _failed;

        public override bool FailsInParts => count > 1;

        public override int Count => count;

        private ReadOnlySpan<T> Items => map.Items.Slice(start, count);

        private Span<Outcome<TResult>> Outcomes => map._outcomes.AsSpan(start, count);

        public override void WriteArguments(PickleWriter writer)
        {
            writer.WriteInt32(count == 1 ? 1 : -count);
            ItemEncoding.Write(writer, Items, start);
        }

        public override void Complete(PickleReader reader, TimeSpan elapsed)
        {
            if (map.IsOver)
            {
                return;
            }

            if (count == 1)
            {
                Outcomes[0] = new Outcome<TResult>(start, Pickle.Read<TResult>(reader));
            }
            else
            {
                OutcomeFrames.Read(reader, start, Outcomes);
            }

            _failed = OutcomeFrames.CountFailed<TResult>(Outcomes);
            map.Sizer.Note(count, elapsed);
            map.Settle(count, _failed);
        }

        public override void Fail(Exception exception)
        {
            if (count == 1)
            {
                Put(0, new Outcome<TResult>(start, exception));
            }
            else
            {
                // Nothing of it was run, or its outcomes were too long together.
                AtFault(-1);
            }
        }

        public override WorkItem? AtFault(int place)
        {
            if (count == 1)
            {
                return this;
            }

            return OutcomePart<T, TResult>.TakeApart(map._engine, this, Items, start, place);
        }

        public void Put(int index, Outcome<TResult> outcome)
        {
            if (!map.IsOver)
            {
                Outcomes[index] = outcome;
                map.Settle(1, outcome.IsSuccess ? 0 : 1);
            }
        }

        public override void RunHere()
        {
            _ran = new Outcome<TResult>[count];
            OutcomeFrames.RunHere(this, Items, start, _ran.AsSpan());
            _failed = OutcomeFrames.CountFailed<TResult>(_ran);
        }

        public override void CompleteHere(TimeSpan elapsed)
        {
            if (!map.IsOver)
            {
                _ran.AsSpan().CopyTo(Outcomes);
                map.Sizer.Note(count, elapsed);
                map.Settle(count, _failed);
            }
        }

        public override string DescribeArguments() => ArgumentText.Of(Items);

        public override void Abort(Exception reason) => map.Abort(reason);

        public override string Describe() =>
            count == 1 ? $"{base.Describe()} on item {start}" : $"{base.Describe()} on items {start} to {start + count - 1}";
    }
}
