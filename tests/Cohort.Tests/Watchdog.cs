namespace Cohort.Tests;

/// <summary>Blocking calls on a thread of their own, so that one that hangs fails its test instead of the run.</summary>
internal static class Watchdog
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static Task Run(Action body) =>
        Task.Factory.StartNew(body, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(Limit);

    public static Task<T> Run<T>(Func<T> body) =>
        Task.Factory.StartNew(body, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(Limit);

    public static Task<T> Watched<T>(this Task<T> task) => task.WaitAsync(Limit);

    public static Task Watched(this Task task) => task.WaitAsync(Limit);

    public static async Task<List<T>> ToListAsync<T>(this IAsyncEnumerable<T> items)
    {
        List<T> list = [];
        await using IAsyncEnumerator<T> steps = items.GetAsyncEnumerator();
        while (await steps.MoveNextAsync().AsTask().Watched())
        {
            list.Add(steps.Current);
        }

        return list;
    }

    /// <summary>The exception that a task ended with, whatever its type; fails if it succeeded or hangs.</summary>
    public static async Task<Exception> FaultOf(Task task)
    {
        await task.Watched().ContinueWith(static _ => { }, TaskScheduler.Default);
        Assert.True(task.IsCompleted, "the task hangs");
        Assert.False(task.IsCompletedSuccessfully, "the task succeeded");
        return task.IsCanceled ? new TaskCanceledException(task) : task.Exception!.InnerException!;
    }

    /// <summary>What a call throws itself, not the task that it would have given.</summary>
    public static T ThrownAtCall<T>(Action call)
        where T : Exception => Assert.Throws<T>(call);
}
