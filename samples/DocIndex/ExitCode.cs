namespace Cohort.Samples.DocIndex;

/// <summary>How the program ends.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The index was built, but without some files or folders, which are named on standard error.</summary>
    public const int SomeSkipped = 1;

    /// <summary>The command line makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>The folder is missing or unreadable, or there is nothing in it that could be indexed.</summary>
    public const int NoInput = 3;

    /// <summary>Two ways to build the index gave different ones, or the workers could not do their work.</summary>
    public const int Failed = 4;

    /// <summary>Ctrl+C.</summary>
    public const int Cancelled = 130;
}
