using System.Text.Json;
using Cohort.Pools.Observing;
using Cohort.Tests.Support;

namespace Cohort.Tests.Pools.Observing;

public sealed class PoolTimelineTests
{
    private const int Limit = 120_000;

    [Fact(Timeout = Limit)]
    public async Task Timeline_OfARun_NestsTasksInTheirWorkersLives()
    {
        using MemoryStream stream = new();
        using (ProcessPool pool = new(new ProcessPoolOptions { Workers = 2, Name = "drawn", RecordTimeline = true, Initializer = static () => Thread.Sleep(2) }))
        {
            await pool.MapAsync(Pause, Enumerable.Range(0, 20), chunkSize: 2).Watched();
            await Watchdog.FaultOf(pool.ApplyAsync(Deaths.Throw));
            await Watchdog.FaultOf(pool.ApplyAsync(Deaths.KillSelf));
            Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
            pool.WriteTimeline(stream);
        }

        using JsonDocument document = JsonDocument.Parse(stream.ToArray());
        JsonElement[] events = [.. document.RootElement.GetProperty("traceEvents").EnumerateArray()];
        JsonElement[] spans = [.. events.Where(static item => Text(item, "ph") == "X")];
        JsonElement[] tasks = [.. spans.Where(static item => Text(item, "cat") == "task")];
        Assert.Equal(22, tasks.Where(static task => Argument(task, "outcome") == "done").Sum(static task => task.GetProperty("args").GetProperty("calls").GetInt32()) + 1);
        Assert.Contains(nameof(Deaths.Throw), Text(Assert.Single(tasks, static task => Argument(task, "outcome") == "failed"), "name"), StringComparison.Ordinal);
        JsonElement lost = Assert.Single(tasks, static task => Argument(task, "outcome") == "lost");
        Assert.Contains(nameof(Deaths.KillSelf), Text(lost, "name"), StringComparison.Ordinal);
        Assert.Contains("SIGKILL", Text(Assert.Single(events, static item => Text(item, "ph") == "i"), "name"), StringComparison.Ordinal);
        Assert.Contains(events, static item => Text(item, "name") == "thread_name" && Argument(item, "name") == "drawn:1");

        foreach (IGrouping<int, JsonElement> track in spans.GroupBy(static item => item.GetProperty("tid").GetInt32()))
        {
            AssertNested(track.Key, [.. track]);
        }

        Assert.All(tasks.Where(static task => Argument(task, "what").Contains("items", StringComparison.Ordinal)), static task => Assert.True(Length(task) >= 2000));
    }

    [Fact(Timeout = Limit)]
    public async Task Timeline_AfterTheEnd_CanStillBeWrittenToAFile()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Root, "run.json");
        ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, RecordTimeline = true });
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
        await pool.DisposeAsync().AsTask().Watched();

        pool.WriteTimeline(path);
        pool.WriteTimeline(path);

        using JsonDocument document = JsonDocument.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        string[] categories = [.. document.RootElement.GetProperty("traceEvents").EnumerateArray().Select(static item => Text(item, "cat")).Distinct().Order()];
        Assert.Equal(["", "end", "start", "task", "worker"], categories);
    }

    [Fact]
    public void Timeline_NotRecorded_SaysHow()
    {
        using ProcessPool pool = new(workers: 1);
        InvalidOperationException fault = Assert.Throws<InvalidOperationException>(() => pool.WriteTimeline(Stream.Null));
        Assert.Contains(nameof(ProcessPoolOptions.RecordTimeline), fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Timeline_BeyondItsCapacity_KeepsTheNewestInOrder()
    {
        PoolTimeline timeline = new("bounded");
        for (int i = 0; i < PoolTimeline.Capacity + 10; i++)
        {
            timeline.Add(new TimelineEvent("task", $"{i}", 1, i, i + 1));
        }

        TimelineSnapshot snapshot = timeline.Snapshot([]);
        Assert.Equal(10, snapshot.Dropped);
        Assert.Equal(PoolTimeline.Capacity, snapshot.Events.Count);
        Assert.Equal("10", snapshot.Events[0].Name);
        Assert.Equal($"{PoolTimeline.Capacity + 9}", snapshot.Events[^1].Name);
    }

    /// <summary>One life around all; the initializer inside the start; tasks after the start, one after the other.</summary>
    private static void AssertNested(int worker, JsonElement[] spans)
    {
        JsonElement life = Assert.Single(spans, static item => Text(item, "cat") == "worker");
        Assert.Equal($"drawn:{worker}", Text(life, "name"));

        // Times are written with three digits, so an end may be off by the last of its two.
        Assert.All(spans, span => Assert.True(Begin(life) <= Begin(span) && End(span) <= End(life) + 0.002, $"{span} is not in {life}"));
        if (spans.Length == 1)
        {
            // One that was still coming up.
            return;
        }

        JsonElement start = Assert.Single(spans, static item => Text(item, "name") == "start");
        JsonElement initializer = Assert.Single(spans, static item => Text(item, "name") == "initializer");
        Assert.True(Length(initializer) >= 2000);
        Assert.True(Begin(start) <= Begin(initializer) && End(initializer) <= End(start) + 0.002);
        double last = End(initializer);
        foreach (JsonElement task in spans.Where(static item => Text(item, "cat") == "task").OrderBy(Begin))
        {
            Assert.True(Begin(task) >= last - 0.002, $"{task} begins before {last}");
            last = End(task);
        }
    }

    private static int Pause(int n)
    {
        Thread.Sleep(1);
        return n;
    }

    private static string Text(JsonElement item, string name) => item.TryGetProperty(name, out JsonElement value) ? value.GetString()! : "";

    private static string Argument(JsonElement item, string name) => Text(item.GetProperty("args"), name);

    private static double Begin(JsonElement item) => item.GetProperty("ts").GetDouble();

    private static double Length(JsonElement item) => item.GetProperty("dur").GetDouble();

    /// <summary>Rounded to what the file holds, and a little less, as both parts were rounded.</summary>
    private static double End(JsonElement item) => Begin(item) + Length(item) - 0.002;
}
