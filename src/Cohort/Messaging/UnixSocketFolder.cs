using System.Net.Sockets;
using Cohort.Platform;

namespace Cohort.Messaging;

/// <summary>A fresh directory of which only this user sees the inside, for the socket of a listener that was given no address.</summary>
internal sealed class UnixSocketFolder : IDisposable
{
    private const string FileName = "listener";

    /// <summary>What the path of a socket may have, less some.</summary>
    private const int LongestFolder = 90;

    private readonly string _folder;

    public UnixSocketFolder()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("cohort-");
        if (folder.FullName.Length > LongestFolder && OperatingSystems.IsSupported)
        {
            folder.Delete();
            folder = Directory.CreateDirectory(
                $"/tmp/cohort-{Guid.NewGuid():N}", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        _folder = folder.FullName;
        AtExit.Add(Delete);
    }

    public UnixDomainSocketEndPoint Address => new(Path.Combine(_folder, FileName));

    public void Dispose()
    {
        AtExit.Remove(Delete);
        Delete();
    }

    private void Delete()
    {
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // Somebody else has deleted it, or keeps something there.
        }
    }
}
