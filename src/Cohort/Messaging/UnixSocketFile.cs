using Cohort.Platform;

namespace Cohort.Messaging;

/// <summary>The path of a listener's Unix socket, which goes at the end of the process if the listener was left open.</summary>
internal sealed class UnixSocketFile : IDisposable
{
    private readonly string _path;
    private readonly FileIdentity? _identity;

    public UnixSocketFile(string path)
    {
        // The current directory may be another by then.
        _path = Path.GetFullPath(path);
        _identity = FileIdentity.OfPath(_path);
        AtExit.Add(Delete);
    }

    /// <summary>The socket that is closed removes its path itself.</summary>
    public void Dispose() => AtExit.Remove(Delete);

    private void Delete()
    {
        // Somebody else may have put a socket of its own there.
        if (_identity is null || FileIdentity.OfPath(_path) != _identity)
        {
            return;
        }

        try
        {
            File.Delete(_path);
        }
        catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
        {
            // The directory is not ours to change.
        }
    }
}
