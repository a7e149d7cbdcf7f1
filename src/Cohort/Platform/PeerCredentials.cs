namespace Cohort.Platform;

/// <summary>Who held the other end of a socket when the pair was made or the connection opened.</summary>
internal readonly record struct PeerCredentials(int ProcessId, uint UserId, uint GroupId);
