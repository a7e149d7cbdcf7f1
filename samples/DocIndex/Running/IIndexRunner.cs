using Cohort.Samples.DocIndex.Indexing;
using Cohort.Samples.DocIndex.Scanning;

namespace Cohort.Samples.DocIndex.Running;

/// <summary>One way to index many pieces of text.</summary>
internal interface IIndexRunner : IDisposable
{
    /// <summary>What the report calls it.</summary>
    string Name { get; }

    /// <summary>How many workers were killed on purpose so far.</summary>
    int Kills => 0;

    /// <summary>Indexes the pieces and hands over each part as it is ready, in any order, one at a time.</summary>
    void Run(IReadOnlyList<Piece> pieces, Action<FilePart> deliver, CancellationToken cancellationToken);
}
