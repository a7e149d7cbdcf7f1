namespace Cohort.Tests.Verification;

/// <summary>
/// Spin goes through every interleaving of the models in verification/, and of each model that was broken on purpose, so
/// that a model which has become too weak to find anything fails here. Not run where Spin or a C compiler is missing.
/// </summary>
public sealed class SpinTests
{
    /// <summary>Each model, and the macros that break it.</summary>
    private static readonly Dictionary<string, string[]> s_models = new()
    {
        ["ring"] =
        [
            "NO_RING_FENCE", "NO_ANNOUNCE_FENCE", "NO_SECOND_LOOK", "EARLY_HEAD", "EARLY_TAIL", "TICKET_LAST", "NO_WATCHER",
            "WATCHER_RINGS",
        ],
        ["lock"] =
        [
            "NO_WAITERS_AFTER_SLEEP", "NO_WAKE", "NO_PASSING_ON", "PASSING_ON_ONLY_WHEN_FREE", "NO_RECOVERY", "BLIND_TAKEOVER",
            "SILENT_TAKEOVER", "NO_SLICES",
        ],
        ["reader-writer"] =
        [
            "BLIND_READER", "BLIND_READER_SLEEP", "BLIND_WRITER_SLEEP", "CLOSED_TO_READERS", "CLOSED_TO_WRITERS", "WAKE_ONE",
            "DEAD_READERS_STAY", "DEAD_WRITER_STAYS", "EARLY_RELEASE", "FORGETS_DEATH", "NO_SLICES",
        ],
        ["semaphore"] = ["NO_FENCE", "WAKE_ONE", "NO_PASSING_ON", "NO_WAKE", "BLIND_TAKE", "NO_SLICES"],
        ["semaphore-tracked"] = ["WITHOUT_LOCK", "NO_REPAIR", "NO_RETURN", "COUNT_KEPT", "NO_PASSING_ON"],
        ["event"] = ["EARLY_LOOK", "WAKE_ONE", "NO_WAKE", "BLIND_SLEEP", "ONLY_THE_FLAG", "NO_SLICES"],
        ["barrier"] =
        [
            "NO_WAKE", "BLIND_SLEEP", "EARLY_RELEASE", "NO_REPAIR", "SHORT_REPAIR", "NO_PHASE", "NO_LOOK", "NO_MEMBERS", "NO_SLICES",
        ],
        ["condition"] =
        [
            "NO_SEQUENCE", "NO_LAST_TRY", "NO_TICKETS", "NO_WAKE", "NO_PASSING_ON", "FIRST_COME", "WAITING_FIRST", "NO_OWNER_LOOK",
            "SLEEPS_ON", "TICKETS_DECIDE", "NO_SLICES",
        ],
        ["queue"] =
        [
            "NO_FENCE", "NO_SECOND_LOOK", "NO_PASSING_ON", "SILENT_GIVE_BACK", "NOT_MARKED", "NEXT_ONLY", "NO_SLICES",
        ],
        ["queue-news"] = ["QUIET_END", "KEEPS_NEWS", "NO_SECOND_LOOK"],
    };

    public static TheoryData<string> Models => [.. s_models.Keys];

    /// <summary>A search for deadlocks says nothing of processes that go round and round and get nowhere, so there is another.</summary>
    [Theory(Timeout = 120_000)]
    [MemberData(nameof(Models))]
    public async Task Model_HasItsPropertiesAndEveryRunEnds(string model)
    {
        SpinRun[] runs = await Task.WhenAll(SpinRun.SafetyAsync(model), SpinRun.CyclesAsync(model));

        Assert.All(runs, static run => Assert.True(run is { IsComplete: true, Errors: 0 }, run.Output));
    }

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(Models))]
    public async Task BrokenModel_IsFound(string model)
    {
        // Most of the time goes to a compiler that uses one processor.
        ParallelOptions atATime = new() { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForEachAsync(s_models[model], atATime, async (mutant, _) =>
        {
            SpinRun run = await SpinRun.SafetyAsync(model, mutant);
            Assert.True(run.Errors > 0, $"{mutant} was not found:\n{run.Output}");
        });
    }

    [Fact]
    public void EveryModelIsChecked()
    {
        IEnumerable<string> models = Directory.EnumerateFiles(SpinRun.Folder, "*.pml").Select(static path => Path.GetFileNameWithoutExtension(path));

        Assert.Equal(s_models.Keys.Order(StringComparer.Ordinal), models.Order(StringComparer.Ordinal));
    }

    /// <summary>A macro that is spelled otherwise in the model would break nothing; one that nobody runs guards nothing.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public void MutantsOfTheModel_AreThoseOfThisTest(string model)
    {
        string text = File.ReadAllText(Path.Combine(SpinRun.Folder, $"{model}.pml"));
        int start = text.IndexOf(" * Mutants:", StringComparison.Ordinal);
        string listed = text[start..text.IndexOf("*/", start, StringComparison.Ordinal)];
        IEnumerable<string> names = listed.Split([' ', ',', ';', '.', ':', '\n', '*', '(', ')'], StringSplitOptions.RemoveEmptyEntries)
            .Where(static word => word.Contains('_', StringComparison.Ordinal));

        Assert.Equal(s_models[model].Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
    }
}
