namespace Cohort.Tests.Platform;

/// <summary>The environment that children inherit is kept in native form, and never out of date.</summary>
public sealed class EnvironmentSnapshotTests
{
    private const string Name = "COHORT_TEST_SNAPSHOT";

    [Fact(Timeout = 60_000)]
    public async Task Start_EnvironmentSetChangedAndRemoved_IsSeenByTheNext()
    {
        try
        {
            foreach (string? value in new[] { "1", "1", "2", "", "3" })
            {
                Environment.SetEnvironmentVariable(Name, value);
                Assert.Equal($"{Name}={value}\n", await Watchdog.Run(Inherited));
            }

            // The number of variables stays the same.
            Environment.SetEnvironmentVariable(Name, null);
            Environment.SetEnvironmentVariable(Name + "2", "4");
            Assert.Equal($"{Name}2=4\n", await Watchdog.Run(Inherited));
        }
        finally
        {
            Environment.SetEnvironmentVariable(Name, null);
            Environment.SetEnvironmentVariable(Name + "2", null);
        }

        Assert.Equal("", await Watchdog.Run(Inherited));
    }

    [Fact(Timeout = 60_000)]
    public async Task Start_WhileOthersChangeTheEnvironment_IsWhole()
    {
        Task starts = Watchdog.Run(() => Parallel.For(0, 40, _ => Assert.Contains("PATH=", Subprocess.CheckOutput(["env"]), StringComparison.Ordinal)));
        int changes = 0;
        try
        {
            while (!starts.IsCompleted)
            {
                Environment.SetEnvironmentVariable(Name, new string('x', changes++ % 5000));
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        }
        finally
        {
            Environment.SetEnvironmentVariable(Name, null);
        }

        await starts;
        Assert.True(changes > 1);
    }

    private static string Inherited() => Subprocess.Run(
        Subprocess.Shell($"env | grep ^{Name}"), new() { StandardOutput = Cohort.Subprocesses.Redirect.Pipe }).Output;
}
