using Cohort.Tests.Support;

namespace Cohort.Tests.Workers;

/// <summary>What tests of worker processes share: a folder where workers leave notes, and a watchdog for their end.</summary>
public abstract class WorkerTest : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected static TimeSpan Watchdog { get; } = TimeSpan.FromSeconds(60);

    protected string Folder => _folder.Root;

    protected string Note => PathOf("note");

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => _folder.Dispose();

    protected string PathOf(string name) => _folder.PathOf(name);

    protected static int Join(WorkerProcess worker)
    {
        Assert.True(worker.TryJoin(Watchdog), $"{worker} does not end");
        return worker.ExitCode!.Value;
    }

    protected static int ExitCodeOf(Action target, WorkerOptions? options = null)
    {
        using WorkerProcess worker = WorkerProcess.Start(target, options);
        return Join(worker);
    }

    /// <summary>Joins a worker that must succeed and gives what it wrote.</summary>
    protected string NoteOf(WorkerProcess worker)
    {
        using (worker)
        {
            Assert.Equal(0, Join(worker));
            return File.ReadAllText(Note);
        }
    }

    /// <summary>For processes that stay: they are killed by the test or by their parent's end.</summary>
    protected static void Stay() => Thread.Sleep(Timeout.Infinite);
}
