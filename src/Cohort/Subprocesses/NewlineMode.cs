namespace Cohort.Subprocesses;

/// <summary>What becomes of line ends when output becomes text.</summary>
public enum NewlineMode
{
    /// <summary>They stay as they are.</summary>
    Keep,

    /// <summary>CR LF and a lone CR become LF, as in Python's text mode.</summary>
    Normalize,
}
