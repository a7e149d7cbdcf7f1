using System.Collections.Concurrent;
using System.Diagnostics;
using Cohort.Pools;

namespace Cohort.Tests.Pools.Observing;

public sealed class PoolTracingTests : IDisposable
{
    private const int Limit = 120_000;
    private static ConcurrentQueue<string>? s_workerSpans;
    private static readonly ActivitySource s_user = new("Cohort.Tests.User");

    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly Activity _root = new("root");
    private readonly ActivityListener _listener;

    public PoolTracingTests()
    {
        _root.SetIdFormat(ActivityIdFormat.W3C).AddBaggage("tenant", "blue").Start();
        _root.TraceStateString = "vendor=1";
        _root.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Cohort",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceId == _root.TraceId ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = _spans.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _root.Stop();
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(ObservingPools.Kinds), MemberType = typeof(ObservingPools))]
    public async Task Apply_InATrace_RunsAsAChildOfItsOwnSpan(string kind)
    {
        using IPool pool = ObservingPools.Create(kind, "traced");

        string[] seen = await pool.ApplyAsync(Current).Watched();

        Assert.Same(_root, Activity.Current);
        Activity call = Single("Apply");
        Assert.Equal(_root.SpanId, call.ParentSpanId);
        Assert.Equal("traced", call.GetTagItem("cohort.pool"));
        Assert.Contains(nameof(Current), (string)call.GetTagItem("cohort.function")!, StringComparison.Ordinal);
        Assert.Equal([call.TraceId.ToHexString(), call.SpanId.ToHexString(), "vendor=1", "blue", "Task"], seen);
    }

    [Fact(Timeout = Limit)]
    public async Task Task_InAWorkerWithListener_IsASpanThere()
    {
        using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, Initializer = Listen });

        await pool.MapAsync(static n => UserSpan(n), Enumerable.Range(0, 4), chunkSize: 2).Watched();
        string[] spans = await pool.ApplyAsync(static () => s_workerSpans!.ToArray()).Watched();

        Activity call = Single("Map");
        Assert.Equal(6, spans.Length);
        string[] tasks = [.. spans.Where(static span => span.StartsWith("Task ", StringComparison.Ordinal))];
        Assert.Equal(2, tasks.Length);
        Assert.All(tasks, task => Assert.Contains($"{call.TraceId} {call.SpanId} ", task, StringComparison.Ordinal));
        string[] parents = [.. tasks.Select(static task => task.Split(' ')[3])];
        Assert.All(spans.Except(tasks), span => Assert.Contains(span.Split(' ')[2], parents));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(ObservingPools.Kinds), MemberType = typeof(ObservingPools))]
    public async Task Map_AndStream_AreOneSpanEachOverAllTheirTasks(string kind)
    {
        using IPool pool = ObservingPools.Create(kind);

        string[] map = await pool.MapAsync(static _ => Current()[1], Enumerable.Range(0, 10)).Watched();
        List<string> stream = await pool.MapStreamAsync(static _ => Current()[1], Enumerable.Range(0, 10)).ToListAsync();
        string[] blocking = [.. pool.MapStream(static _ => Current()[1], Enumerable.Range(0, 10))];

        Assert.Same(_root, Activity.Current);
        Activity mapSpan = Single("Map");
        Activity[] streams = [.. _spans.Where(static span => span.OperationName == "MapStream")];
        Assert.Equal(2, streams.Length);
        Assert.All(map, seen => Assert.Equal(mapSpan.SpanId.ToHexString(), seen));
        Assert.All(stream, seen => Assert.Equal(streams[0].SpanId.ToHexString(), seen));
        Assert.All(blocking, seen => Assert.Equal(streams[1].SpanId.ToHexString(), seen));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(ObservingPools.Kinds), MemberType = typeof(ObservingPools))]
    public async Task Apply_Fails_MarksItsSpan(string kind)
    {
        using IPool pool = ObservingPools.Create(kind);

        Assert.IsType<FormatException>(await Watchdog.FaultOf(pool.ApplyAsync(Deaths.Throw)));

        Activity call = Single("Apply");
        Assert.Equal(ActivityStatusCode.Error, call.Status);
        Assert.Equal("as it was told", call.StatusDescription);
        Assert.Equal(typeof(FormatException).FullName, call.GetTagItem("error.type"));
    }

    [Fact(Timeout = Limit)]
    public async Task Apply_Unsampled_PassesTheCallersContextOn()
    {
        using ProcessPool pool = new(workers: 1);
        Activity other = new Activity("other").SetIdFormat(ActivityIdFormat.W3C);
        other.SetParentId(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom());
        other.Start();

        string[] seen = await pool.ApplyAsync(Current).Watched();
        other.Stop();

        Assert.Equal(other.TraceId.ToHexString(), seen[0]);
        Assert.Equal(other.SpanId.ToHexString(), seen[1]);
        Assert.DoesNotContain(_spans, span => span.TraceId == other.TraceId);
    }

    [Fact(Timeout = Limit)]
    public async Task Apply_WithoutListener_CarriesNothing()
    {
        _listener.Dispose();
        using ProcessPool pool = new(workers: 1);
        Assert.Equal(["none"], await pool.ApplyAsync(static () => Activity.Current is null ? ["none"] : Current()).Watched());
    }

    private Activity Single(string kind) => Assert.Single(_spans, span => span.OperationName == kind);

    /// <summary>Trace, parent, state, baggage and name of the current span. The parent is the task's own caller.</summary>
    private static string[] Current()
    {
        Activity current = Activity.Current!;
        return
        [
            current.TraceId.ToHexString(), current.ParentSpanId.ToHexString(), current.TraceStateString ?? "",
            current.GetBaggageItem("tenant") ?? "", current.OperationName,
        ];
    }

    private static int UserSpan(int n)
    {
        using Activity? span = s_user.StartActivity("User");
        return n;
    }

    private static void Listen()
    {
        s_workerSpans = new ConcurrentQueue<string>();
        ActivitySource.AddActivityListener(new ActivityListener
        {
            ShouldListenTo = static _ => true,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = static span => s_workerSpans.Enqueue($"{span.OperationName} {span.TraceId} {span.ParentSpanId} {span.SpanId}"),
        });
    }
}
