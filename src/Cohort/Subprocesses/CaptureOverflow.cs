namespace Cohort.Subprocesses;

/// <summary>What happens when a command writes more than <see cref="SubprocessOptions.CaptureLimit"/>.</summary>
public enum CaptureOverflow
{
    /// <summary>The command is ended, and <see cref="SubprocessOverflowException"/> has what was captured.</summary>
    Throw,

    /// <summary>The first bytes are kept, and the rest is read and dropped.</summary>
    KeepHead,

    /// <summary>The last bytes are kept.</summary>
    KeepTail,
}
