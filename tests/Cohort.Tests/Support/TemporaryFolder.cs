namespace Cohort.Tests.Support;

/// <summary>A folder outside the checkout that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Root = Directory.CreateTempSubdirectory("cohort-test-").FullName;

    public string Root { get; }

    public string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    public string Write(string name, string text)
    {
        string path = PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Writes an executable file; returns its path.</summary>
    public string WriteScript(string name, string text)
    {
        string path = Write(name, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
