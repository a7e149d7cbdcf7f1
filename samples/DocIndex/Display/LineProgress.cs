using Cohort.Samples.DocIndex.Scanning;

namespace Cohort.Samples.DocIndex.Display;

/// <summary>Plain lines, for a file or a pipe: one at each quarter of the way.</summary>
internal sealed class LineProgress(TextWriter output) : IProgressDisplay
{
    private const int Steps = 4;

    public T Track<T>(string title, DocumentSet documents, Func<Action<long>, T> run)
    {
        long done = 0;
        return run(bytes =>
        {
            long step = done * Steps / Math.Max(1, documents.Length);
            done += bytes;
            if (done * Steps / Math.Max(1, documents.Length) > step)
            {
                output.WriteLine($"{title}: {Units.Mebibytes(done)} of {Units.Mebibytes(documents.Length)} MiB");
            }
        });
    }
}
