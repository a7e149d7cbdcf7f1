using Cohort.Platform;
using Cohort.Tests.Support;

namespace Cohort.Tests.Platform;

public sealed class SignalTests
{
    [Fact]
    public async Task Names_AreThoseOfTheSystem()
    {
        int[] numbers = [.. Enumerable.Range(1, 31)];
        ProgramRun run = await ProgramRun.SucceedAsync(
            "sh", ["-c", "for number; do kill -l $number; done", "sh", .. numbers.Select(static number => $"{number}")], TimeSpan.FromSeconds(30));
        string[] names = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(numbers.Length, names.Length);
        Assert.All(numbers, number =>
        {
            // Some shells have no name for SIGSTKFLT.
            string name = names[number - 1] == $"{number}" ? "STKFLT" : names[number - 1];
            Assert.Equal($"SIG{name}", Signal.NameOf(number));
        });
        Assert.Equal("signal 64", Signal.NameOf(Signal.Max));
    }
}
