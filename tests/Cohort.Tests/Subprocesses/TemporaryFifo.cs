using Cohort.Tests.Support;

namespace Cohort.Tests.Subprocesses;

/// <summary>A gate at which a command waits (<c>read line &lt; path</c>) until the test opens it.</summary>
internal sealed class TemporaryFifo : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TemporaryFifo()
    {
        Path = _folder.PathOf("gate");
        Subprocess.CheckCall(["mkfifo", Path]);
    }

    public string Path { get; }

    public void Open() => File.AppendAllText(Path, "go\n");

    public void Dispose() => _folder.Dispose();
}
