using Cohort.Samples.DocIndex.Scanning;

namespace Cohort.Samples.DocIndex.Display;

/// <summary>Shows how far a run is.</summary>
internal interface IProgressDisplay
{
    /// <summary>Shows a run while it goes on. The run reports the bytes that it has got through to what it is given.</summary>
    T Track<T>(string title, DocumentSet documents, Func<Action<long>, T> run);
}
