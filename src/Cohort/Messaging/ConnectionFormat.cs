namespace Cohort.Messaging;

/// <summary>How the objects of a connection are encoded. Messages of bytes are the same in all formats.</summary>
public enum ConnectionFormat
{
    /// <summary>This library's own encoding, for processes of the same program.</summary>
    Cohort,

    /// <summary>Python's pickle, for basic types, to talk to Python's <c>multiprocessing.connection</c>.</summary>
    Python,
}
