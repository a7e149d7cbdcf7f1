using System.Collections.Concurrent;
using Cohort.Pools;
using Cohort.Pools.Observing;

namespace Cohort.Tests.Pools.Observing;

public sealed class PoolOutputTests
{
    private const int Limit = 120_000;

    private readonly ConcurrentQueue<WorkerOutputLine> _lines = new();

    [Fact(Timeout = Limit)]
    public async Task Output_OfTasks_ComesInOrderWithWhoPrintedIt()
    {
        int[] workers;
        await using (ProcessPool pool = Create("printing", workers: 2))
        {
            workers = [.. pool.WorkerProcessIds];
            await pool.MapAsync(static n => PrintSome(n), Enumerable.Range(0, 20), chunkSize: 1).Watched();
            pool.Close();
            await pool.JoinAsync().Watched();
        }

        WorkerOutputLine[] lines = [.. _lines];
        Assert.Equal(80, lines.Length);
        Assert.All(lines, line => Assert.Contains(line.ProcessId, workers));
        Assert.All(lines, static line => Assert.Equal($"printing:{line.WorkerId}", line.WorkerName));
        Assert.All(lines, static line => Assert.InRange(line.TaskNumber ?? 0, 1, 20));
        Assert.Equal(60, lines.Count(static line => line.Stream == WorkerOutputStream.StandardOutput));
        foreach (IGrouping<string, WorkerOutputLine> item in lines.Where(static line => line.Stream == WorkerOutputStream.StandardOutput).GroupBy(static line => line.Text.Split(' ')[0]))
        {
            Assert.Equal([$"{item.Key} a", $"{item.Key} é", $"{item.Key} c"], item.Select(static line => line.Text));
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Output_OfAKilledWorker_HasItsLastWordsAlsoInTheFault()
    {
        await using ProcessPool pool = Create("killed", workers: 1);

        WorkerLostException fault = Assert.IsType<WorkerLostException>(await Watchdog.FaultOf(pool.ApplyAsync(PrintAndDie)));

        Assert.Equal([.. Enumerable.Range(6, 9).Select(static n => $"error {n}"), "last words"], fault.LastErrorLines);
        Assert.EndsWith("\n  error 14\n  last words", fault.Message, StringComparison.Ordinal);
        Assert.Contains("SIGKILL", fault.Message, StringComparison.Ordinal);
        Assert.True(fault.Runtime > TimeSpan.Zero);
        Assert.True(fault.PeakMemory is null or > 1 << 20);
        await Eventually.TrueAsync(() => _lines.Any(static line => line.Text == "last words"));
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Output_OfStandbyWorkers_IsCapturedAsWell()
    {
        await WorkerContext.PrepareWarmAsync(1, TestContext.Current.CancellationToken).Watched();
        try
        {
            await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, Context = WorkerContext.Warm, Output = _lines.Enqueue });
            Assert.Equal(4, await pool.ApplyAsync(static n => PrintSome(n), 4).Watched());
            await Eventually.TrueAsync(() => _lines.Count == 4);
            Assert.Equal(["4 a", "4 é", "4 c"], _lines.Where(static line => line.Stream == WorkerOutputStream.StandardOutput).Select(static line => line.Text));
        }
        finally
        {
            await WorkerContext.PrepareWarmAsync(0, CancellationToken.None).Watched();
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Handler_Slow_HoldsUpWhoPrintsAndLosesNothing()
    {
        using ManualResetEventSlim mayGoOn = new();
        using Signals signals = new();
        await using ProcessPool pool = new(new ProcessPoolOptions
        {
            Workers = 1,
            Output = line =>
            {
                mayGoOn.Wait();
                _lines.Enqueue(line);
            },
        });

        Task<int> task = pool.ApplyAsync(PrintMuch(signals));
        await signals.IsRunningAsync("first");
        Assert.False(signals.IsSet("printed"));
        mayGoOn.Set();

        Assert.Equal(5000, await task.Watched());
        await Eventually.TrueAsync(() => _lines.Count == 5001);
        Assert.Equal(Enumerable.Range(0, 5000).Select(static n => $"{n} {new string('x', 100)}"), _lines.Skip(1).Select(static line => line.Text));

        static Func<int> PrintMuch(Signals signals) => () =>
        {
            Console.WriteLine("first");
            signals.NoteRunning("first");
            for (int n = 0; n < 5000; n++)
            {
                Console.WriteLine($"{n} {new string('x', 100)}");
            }

            signals.Set("printed");
            return 5000;
        };
    }

    [Fact(Timeout = Limit)]
    public async Task Handler_NeverReturns_HangsNeitherDeathsNorTheEnd()
    {
        using ManualResetEventSlim never = new();
        ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, Output = _ => never.Wait() });

        Assert.IsType<WorkerLostException>(await Watchdog.FaultOf(pool.ApplyAsync(PrintAndDie)));
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());

        await pool.DisposeAsync().AsTask().Watched();
        never.Set();
    }

    [Fact(Timeout = Limit)]
    public async Task Handler_Throws_StillGetsTheRest()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions
        {
            Workers = 1,
            Output = line =>
            {
                _lines.Enqueue(line);
                throw new FormatException("a broken handler");
            },
        });
        Assert.Equal(1, await pool.ApplyAsync(static n => PrintSome(n), 1).Watched());
        await Eventually.TrueAsync(() => _lines.Count == 4);
    }

    [Fact(Timeout = Limit)]
    public async Task Output_OfAProcessThatOutlivesTheWorker_DelaysNothing()
    {
        using Signals signals = new();
        await using ProcessPool pool = Create("survivor", workers: 1);
        int survivor = await pool.ApplyAsync(StartSurvivor).Watched();
        try
        {
            Deaths.Kill(pool.WorkerProcessIds[0]);
            Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
        }
        finally
        {
            Deaths.Kill(survivor);
        }

        await Eventually.TrueAsync(() => !Directory.Exists($"/proc/{survivor}"));
    }

    [Fact(Timeout = Limit)]
    public async Task Lines_LongOrTornOrWithoutEnd_ComeWhole()
    {
        using Cohort.Platform.OutputPipe pipe = new();
        List<string> lines = [];
        OutputLines stream = new(pipe, lines.Add);
        await using FileStream writer = new(pipe.WriteEnd, FileAccess.Write, bufferSize: 0);

        Assert.Equal(0, stream.Read());
        await writer.WriteAsync("a\r\n\nb\u00c3"u8.ToArray().AsMemory(0, 6), TestContext.Current.CancellationToken);
        Assert.Equal(6, stream.Read());
        Assert.Equal(["a", ""], lines);
        await writer.WriteAsync(new byte[] { 0x83, (byte)'c' }, TestContext.Current.CancellationToken);
        Assert.Equal(2, stream.Read());
        await writer.DisposeAsync();
        Assert.Equal(0, stream.Read());
        Assert.True(stream.HasEnded);
        stream.Finish();
        Assert.Equal(["a", "", "b\u00c3c"], lines);
    }

    [Fact(Timeout = Limit)]
    public async Task Lines_BeyondTheLongest_ComeInParts()
    {
        using Cohort.Platform.OutputPipe pipe = new();
        List<string> lines = [];
        OutputLines stream = new(pipe, lines.Add);
        await using FileStream writer = new(pipe.WriteEnd, FileAccess.Write, bufferSize: 0);
        for (int i = 0; i < 9; i++)
        {
            await writer.WriteAsync(new byte[10_000].Select(static _ => (byte)'y').ToArray(), TestContext.Current.CancellationToken);
            Assert.Equal(10_000, stream.Read());
        }

        stream.Finish();
        Assert.Equal([65_536, 90_000 - 65_536], lines.Select(static line => line.Length));
    }

    private ProcessPool Create(string name, int workers) =>
        new(new ProcessPoolOptions { Workers = workers, Name = name, Output = _lines.Enqueue });

    private static int PrintSome(int n)
    {
        Console.WriteLine($"{n} a");
        Console.Error.WriteLine($"{n} b");
        Console.Write($"{n} ");
        Console.Write("é\n");
        Console.WriteLine($"{n} c");
        return n;
    }

    private static int PrintAndDie()
    {
        for (int n = 0; n < 15; n++)
        {
            Console.Error.WriteLine($"error {n}");
        }

        Console.Error.Write("last words");
        return Deaths.KillSelf();
    }

    /// <summary>In a session of its own, so that it is not killed with the worker; it holds the worker's outputs open.</summary>
    private static int StartSurvivor()
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("/bin/sh", ["-c", "setsid sleep 600 & echo $!"]) { RedirectStandardOutput = true })!;
        return int.Parse(process.StandardOutput.ReadLine()!, System.Globalization.CultureInfo.InvariantCulture);
    }
}
