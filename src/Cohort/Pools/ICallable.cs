namespace Cohort.Pools;

/// <summary>A function that is called as it is, in this process.</summary>
internal interface ICallable<in TArguments, out TResult>
{
    TResult Invoke(TArguments arguments);
}
