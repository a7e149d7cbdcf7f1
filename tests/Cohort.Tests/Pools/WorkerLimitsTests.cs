using System.Globalization;
using Cohort.Platform;
using Cohort.Subprocesses;
using Cohort.Tests.Workers;
using Cohort.Workers;

namespace Cohort.Tests.Pools;

/// <summary>What workers may use, and what happens when they want more.</summary>
public sealed class WorkerLimitsTests : WorkerTest
{
    private const int Limit = 120_000;

    [Fact(Timeout = Limit)]
    public async Task GcHeapHardLimit_Exceeded_IsTheTasksOwnExceptionAndTheWorkerLivesOn()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, Limits = new WorkerLimits { GcHeapHardLimit = 64 << 20 } });
        int worker = await pool.ApplyAsync(static () => Environment.ProcessId).Watched();
        Assert.IsType<OutOfMemoryException>(await Cohort.Tests.Watchdog.FaultOf(pool.ApplyAsync(static () => Fill(100).Count)));
        Assert.Equal(worker, await pool.ApplyAsync(static () => Environment.ProcessId).Watched());
        Assert.Equal(3, await pool.ApplyAsync(static () => Fill(3).Count).Watched());

        await using ProcessPool least = new(new ProcessPoolOptions { Workers = 1, Limits = new WorkerLimits { GcHeapHardLimit = WorkerLimits.MinGcHeapHardLimit } });
        Assert.Equal(1, await least.ApplyAsync(static () => Fill(1).Count).Watched());

        static List<byte[]> Fill(int megabytes) => [.. Enumerable.Range(0, megabytes).Select(static _ => new byte[1 << 20])];
    }

    [Fact(Timeout = Limit)]
    public async Task Processors_IsWhatCodeInTheWorkerReckonsWith()
    {
        // More than nine, so that a number that is read as hexadecimal is seen.
        await using ProcessPool pool = new(new ProcessPoolOptions
        {
            Workers = 1,
            Limits = new WorkerLimits { Processors = 12 },
            EnvironmentVariables = new Dictionary<string, string?> { ["MKL_NUM_THREADS"] = "3" },
        });
        Assert.Equal("12 12 12 3", await pool.ApplyAsync(Tell).Watched());
        using WorkerProcess worker = WorkerProcess.Start(
            static () => Environment.Exit(Environment.ProcessorCount), new WorkerOptions { Limits = new WorkerLimits { Processors = 1 } });
        worker.Join();
        Assert.Equal(1, worker.ExitCode);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ProcessPool(new ProcessPoolOptions { Limits = new WorkerLimits { Processors = 0 } }));

        static string Tell() => string.Join(
            ' ',
            Environment.ProcessorCount,
            Environment.GetEnvironmentVariable("OMP_NUM_THREADS"),
            Environment.GetEnvironmentVariable("OPENBLAS_NUM_THREADS"),
            Environment.GetEnvironmentVariable("MKL_NUM_THREADS"));
    }

    [Fact(Timeout = Limit)]
    public async Task MaxResidentMemory_Exceeded_WorkerIsKilledAndItsTaskSaysWhy()
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, Limits = new WorkerLimits { MaxResidentMemory = 150 << 20 } });
        WorkerLostException lost = Assert.IsType<WorkerLostException>(await Cohort.Tests.Watchdog.FaultOf(pool.ApplyAsync(static () =>
        {
            byte[] data = new byte[200 << 20];
            Array.Fill(data, (byte)1);
            Thread.Sleep(Timeout.Infinite);
            return data.Length;
        })));
        Assert.Contains("MaxResidentMemory", lost.Message, StringComparison.Ordinal);
        Assert.Contains("150 MiB", lost.Message, StringComparison.Ordinal);
        Assert.Equal(Signal.SIGKILL, lost.Signal);
        Assert.Equal(1, await pool.ApplyAsync(static () => 1).Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Everything_HoldsForAllThreadsOfTheWorker()
    {
        int cpu = CpuSet.Own[^1];
        await using ProcessPool pool = new(new ProcessPoolOptions
        {
            Workers = 1,
            Limits = new WorkerLimits
            {
                CpuAffinity = [cpu],
                Nice = 7,
                ResourceLimits = new Dictionary<LimitedResource, ResourceLimit> { [LimitedResource.OpenFiles] = ResourceLimit.Of(200), [LimitedResource.CoreBytes] = ResourceLimit.Of(0) },
            },
            EnvironmentVariables = new Dictionary<string, string?> { ["OF_THE_POOL"] = "yes" },
            WorkingDirectory = Folder,
        });
        (string[] cpus, int[] nices, string limits, string environment) = await pool.ApplyAsync(static () =>
        {
            // One thread more than there are already.
            using Barrier barrier = new(2);
            new Thread(barrier.SignalAndWait) { IsBackground = true }.Start();
            string[] threads = Directory.GetDirectories("/proc/self/task");
            string[] cpus = [.. threads.Select(static path => File.ReadLines($"{path}/status").First(static line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split('\t')[1])];
            int[] nices = [.. threads.Select(static path => int.Parse(File.ReadAllText($"{path}/stat").Split(')')[^1].Split(' ')[17], CultureInfo.InvariantCulture))];
            barrier.SignalAndWait();
            return (cpus, nices, File.ReadAllText("/proc/self/limits"), $"{Environment.GetEnvironmentVariable("OF_THE_POOL")} {Environment.CurrentDirectory}");
        }).Watched();
        Assert.True(cpus.Length > 2, "the worker has threads");
        Assert.All(cpus, cpus => Assert.Equal($"{cpu}", cpus));
        Assert.All(nices, static nice => Assert.Equal(7, nice));
        Assert.Matches(@"Max open files +200 +200 ", limits);
        Assert.Matches(@"Max core file size +0 +0 ", limits);
        Assert.Equal($"yes {Folder}", environment);
    }

    [Fact(Timeout = Limit)]
    public async Task Affinity_OneCpuForEachWorker_GoesByTheirIndices()
    {
        int[] own = CpuSet.Own;
        await using ProcessPool pool = new(new ProcessPoolOptions
        {
            Workers = 3,
            Limits = new WorkerLimits { PinsEachWorker = true },
            StartFunction = static () => string.Join(' ', CpuSet.Own),
        });
        await Eventually.TrueAsync(() => pool.StartResults.Count == 3);
        Assert.All(pool.StartResults, start => Assert.Equal($"{own[start.WorkerIndex % own.Length]}", start.Value));
    }

    [Fact(Timeout = Limit)]
    public async Task Limits_OfStandbyWorkers_HoldAsWell()
    {
        await WorkerContext.PrepareWarmAsync(1, TestContext.Current.CancellationToken);
        try
        {
            await using ProcessPool pool = new(new ProcessPoolOptions
            {
                Workers = 1,
                Context = WorkerContext.Warm,
                Limits = new WorkerLimits
                {
                    Nice = 5,
                    ResourceLimits = new Dictionary<LimitedResource, ResourceLimit> { [LimitedResource.AddressSpaceBytes] = ResourceLimit.Of(1L << 40) },
                },
            });
            string[] nices = await pool.ApplyAsync(static () =>
                Directory.GetDirectories("/proc/self/task").Select(static path => File.ReadAllText($"{path}/stat").Split(')')[^1].Split(' ')[17]).ToArray()).Watched();
            Assert.All(nices, static nice => Assert.Equal("5", nice));
            Assert.Matches(@"Max address space +1099511627776 ", await pool.ApplyAsync(static () => File.ReadAllText("/proc/self/limits")).Watched());
        }
        finally
        {
            await WorkerContext.PrepareWarmAsync(0, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public void WorkerProcess_HasLimitsToo()
    {
        Assert.Equal("64", NoteOf(WorkerProcess.Start(
            static path => File.WriteAllText(path, File.ReadLines("/proc/self/limits").First(static line => line.StartsWith("Max open files", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[3]),
            Note,
            new WorkerOptions { Limits = new WorkerLimits { ResourceLimits = new Dictionary<LimitedResource, ResourceLimit> { [LimitedResource.OpenFiles] = ResourceLimit.Of(64) } } })));
    }

    [Fact]
    public void WhatTheSystemRefuses_IsAnErrorOfTheConstructorThatNamesTheLimit()
    {
        Leaks before = Leaks.Snapshot();
        WorkerLimits noSuchCpu = new() { CpuAffinity = [CpuSet.Own[0], CpuSet.MaxCpus - 1] };
        IOException affinity = Assert.Throws<IOException>(() => new ProcessPool(new ProcessPoolOptions { Workers = 2, Limits = noSuchCpu }));
        Assert.Contains("CpuAffinity", affinity.Message, StringComparison.Ordinal);
        Assert.Contains($"{CpuSet.MaxCpus - 1}", affinity.Message, StringComparison.Ordinal);

        WorkerLimits tooManyFiles = new() { ResourceLimits = new Dictionary<LimitedResource, ResourceLimit> { [LimitedResource.OpenFiles] = ResourceLimit.Unlimited } };
        IOException files = Assert.Throws<IOException>(() => WorkerProcess.Start(static () => { }, new WorkerOptions { Limits = tooManyFiles }));
        Assert.Contains("OpenFiles", files.Message, StringComparison.Ordinal);
        Assert.Contains("EPERM", files.Message, StringComparison.Ordinal);
        Leaks.AssertNone(before);
    }

    [Fact]
    public void WrongValues_AreRefusedBeforeAnythingIsStarted()
    {
        WorkerLimits[] outOfRange =
        [
            new() { GcHeapHardLimit = 1000 },
            new() { MaxResidentMemory = 0 },
            new() { Nice = 20 },
            new() { Nice = -21 },
            new() { CpuAffinity = [-1] },
            new() { CpuAffinity = [CpuSet.MaxCpus] },
            new() { ResourceLimits = new Dictionary<LimitedResource, ResourceLimit> { [LimitedResource.OpenFiles] = ResourceLimit.Of(-1) } },
            new() { ResourceLimits = new Dictionary<LimitedResource, ResourceLimit> { [(LimitedResource)99] = ResourceLimit.Of(1) } },
        ];
        Leaks before = Leaks.Snapshot();
        foreach (WorkerLimits limits in outOfRange)
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new ProcessPool(new ProcessPoolOptions { Workers = 1, Limits = limits }));
            Assert.Throws<ArgumentOutOfRangeException>(() => new WorkerProcess(static () => { }, new WorkerOptions { Limits = limits }));
        }

        Assert.Throws<ArgumentException>(() => new ProcessPool(new ProcessPoolOptions { Workers = 1, Limits = new WorkerLimits { CpuAffinity = [] } }));
        Assert.Throws<DirectoryNotFoundException>(() => new ProcessPool(new ProcessPoolOptions { Workers = 1, WorkingDirectory = "/no/such/folder" }));
        Leaks.AssertNone(before);
    }
}
