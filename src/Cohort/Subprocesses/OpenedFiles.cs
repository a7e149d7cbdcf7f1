using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Subprocesses;

/// <summary>
/// The files of one start, be it of a command or of a pipeline. Who names a file by the same redirect shares its position, so
/// that nobody writes over what another wrote, or cuts it off.
/// </summary>
internal sealed class OpenedFiles : IDisposable
{
    /// <summary>None in nearly all starts.</summary>
    private Dictionary<FileRedirect, SafeFileHandle>? _files;

    /// <summary>A descriptor of the caller's own.</summary>
    /// <inheritdoc cref="FileRedirect.Open" path="/exception"/>
    public SafeFileHandle Open(FileRedirect file)
    {
        _files ??= [];
        if (!_files.TryGetValue(file, out SafeFileHandle? opened))
        {
            opened = file.Open();
            _files.Add(file, opened);
        }

        return Descriptors.Duplicate(opened);
    }

    public void Dispose()
    {
        foreach (SafeFileHandle file in _files?.Values ?? Enumerable.Empty<SafeFileHandle>())
        {
            file.Dispose();
        }

        _files = null;
    }
}
