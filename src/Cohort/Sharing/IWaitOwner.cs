namespace Cohort.Sharing;

/// <summary>An object whose shared memory is waited at. Each wait holds the memory in this process until it is over.</summary>
internal interface IWaitOwner
{
    /// <summary>What an <see cref="ObjectDisposedException"/> calls it.</summary>
    string ObjectName { get; }

    /// <summary>Whether it was disposed in this process; waits end then.</summary>
    bool IsDisposed { get; }

    /// <summary>Whether each process that has it would be told of by the <see cref="DeathBell"/>.</summary>
    bool IsWithinFamily { get; }

    /// <summary>Keeps the memory until <see cref="LetGo"/>, also if the object is disposed meanwhile; false when it was.</summary>
    bool TryHold();

    /// <summary>The end of a <see cref="TryHold"/>.</summary>
    void LetGo();
}
