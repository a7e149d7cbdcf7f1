using System.Runtime.ExceptionServices;
using Cohort.Serializing;

namespace Cohort.Pools;

/// <summary>Stands in a worker for a function that could not be made there; calling it tells why.</summary>
internal sealed class BrokenFunction(Exception cause) : PoolFunction
{
    public override Delegate Function => (Action)(() => ExceptionDispatchInfo.Throw(cause));

    public override void Run(PickleReader arguments, PickleWriter results) => ExceptionDispatchInfo.Throw(cause);

    protected override void Write(PickleWriter writer) => throw new InvalidOperationException("A broken function does not travel.");

    protected override void Read(PickleReader reader) => throw new InvalidOperationException("A broken function does not travel.");
}
