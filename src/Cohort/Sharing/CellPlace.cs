using Cohort.Platform;

namespace Cohort.Sharing;

/// <summary>What tells one cell from all others, also from one that lay there before.</summary>
/// <param name="File">The region's.</param>
/// <param name="Offset">Within the region.</param>
/// <param name="Generation">Cells are used again.</param>
internal sealed record CellPlace(FileIdentity File, long Offset, int Generation);
