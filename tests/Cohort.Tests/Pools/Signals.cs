namespace Cohort.Tests.Pools;

/// <summary>Marks that processes set and wait for, as empty files: nothing of the library that is tested is needed.</summary>
internal sealed class Signals : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cohort-signals-").FullName;

    public void Set(string name) => File.WriteAllBytes(Path.Combine(_folder, name), []);

    public bool IsSet(string name) => File.Exists(Path.Combine(_folder, name));

    /// <summary>How many marks begin like this.</summary>
    public int Count(string prefix) => Directory.GetFiles(_folder, prefix + "*").Length;

    /// <summary>
    /// For workers: blocks until the mark is set. A test that fails meanwhile kills the worker with its pool; a thread is let
    /// go when its test is over.
    /// </summary>
    public void Await(string name)
    {
        while (!IsSet(name) && Directory.Exists(_folder))
        {
            Thread.Sleep(1);
        }
    }

    /// <summary>Says that it runs, then waits until it may end.</summary>
    public int RunUntilReleased(string name, int result = 0)
    {
        Set($"{name} runs");
        Await($"{name} may end");
        return result;
    }

    /// <summary>Says that it runs and never ends.</summary>
    public int RunForever(string name)
    {
        Set($"{name} runs");
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }

    // Functions for pools. A lambda in a test would share its closure with the test's other lambdas, and so take along what
    // these capture: the pool, for example.

    /// <summary><see cref="RunUntilReleased"/> as a function.</summary>
    public Func<int> Released(string name, int result = 0) => () => RunUntilReleased(name, result);

    /// <summary><see cref="RunForever"/> as a function; also sets its process id.</summary>
    public Func<int> Forever(string name) => () =>
    {
        Set($"{Environment.ProcessId}");
        return RunForever(name);
    };

    /// <summary><see cref="Set"/> as a function of any item, which it returns.</summary>
    public Func<int, int> Setting(string name) => item =>
    {
        Set(name);
        return item;
    };

    /// <summary>Says that it runs.</summary>
    public void NoteRunning(string name) => Set($"{name} runs");

    public Task IsRunningAsync(string name) => Eventually.TrueAsync(() => IsSet($"{name} runs"));

    public void Release(string name) => Set($"{name} may end");

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
