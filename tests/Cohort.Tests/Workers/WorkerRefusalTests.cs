using Cohort.Platform;
using Cohort.Serializing;

namespace Cohort.Tests.Workers;

/// <summary>What cannot travel costs no process, and is named.</summary>
public sealed class WorkerRefusalTests : WorkerTest
{
    [Fact]
    public void A_file_stream_as_argument_is_refused_by_its_place()
    {
        using FileStream file = File.Create(PathOf("file"));
        AssertRefused(() => WorkerProcess.Start(static _ => { }, file), "args[0]", "FileStream");
        AssertRefused(() => WorkerProcess.Start(static (_, _) => { }, 1, file), "args[1]", "FileStream");
        AssertRefused(() => WorkerProcess.Start(static (_, _, _) => { }, 1, 2, new object[] { file }), "args[2]", "FileStream");
    }

    [Fact]
    public void A_captured_file_stream_is_refused_by_its_name()
    {
        using FileStream file = File.Create(PathOf("file"));
        AssertRefused(() => WorkerProcess.Start(() => file.WriteByte(1)), "target", "file", "FileStream");
    }

    [Fact]
    public void A_file_stream_in_a_subclass_is_refused_by_its_field()
    {
        using FileStream file = File.Create(PathOf("file"));
        using Holder holder = new(file);
        AssertRefused(holder.Start, "worker", "Held", "FileStream");
        Assert.Null(holder.ProcessId);
        Assert.False(holder.IsAlive);
    }

    [Fact]
    public void Another_worker_is_refused_as_argument_and_as_captured()
    {
        using WorkerProcess other = new(static () => { }, new WorkerOptions { Name = "Other" });
        AssertRefused(() => WorkerProcess.Start(static _ => { }, other), "Other");
        AssertRefused(() => WorkerProcess.Start(() => other.Join()), "Other");
        using Holder holder = new(other);
        AssertRefused(holder.Start, "Other");
    }

    [Fact]
    public void A_worker_cannot_be_captured_by_its_own_target()
    {
        WorkerProcess? worker = null;
        using (worker = new WorkerProcess(() => worker!.Kill(), new WorkerOptions { Name = "Own" }))
        {
            AssertRefused(worker.Start, "Own");
        }
    }

    [Fact]
    public void After_a_refusal_the_same_worker_can_be_started()
    {
        Holder holder = new(new SemaphoreSlim(1));
        Assert.Throws<PickleException>(holder.Start);
        holder.Held = "nothing special";
        holder.Start();
        Assert.Equal(0, Join(holder));
        holder.Dispose();
    }

    [Fact]
    public void A_working_directory_that_does_not_exist_is_refused()
    {
        string missing = PathOf("missing");
        int before = ProcessTree.DescendantsOf(Environment.ProcessId).Count;
        DirectoryNotFoundException fault = Assert.Throws<DirectoryNotFoundException>(
            () => WorkerProcess.Start(static () => { }, new WorkerOptions { WorkingDirectory = missing }));
        Assert.Contains(missing, fault.Message, StringComparison.Ordinal);
        Assert.Equal(before, ProcessTree.DescendantsOf(Environment.ProcessId).Count);
    }

    private static void AssertRefused(Action start, params string[] words)
    {
        HashSet<ProcessIdentity> before = Children();
        PickleException fault = Assert.Throws<PickleException>(start);
        Assert.All(words, word => Assert.Contains(word, fault.Message, StringComparison.Ordinal));
        Assert.Empty(Children().Except(before));
        Assert.Empty(WorkerProcess.ActiveChildren());
    }

    private static HashSet<ProcessIdentity> Children() =>
        [.. ProcessTree.DescendantsOf(Environment.ProcessId).Select(static process => process.Identity)];

    private sealed class Holder(object held) : WorkerProcess
    {
        public object Held { get; set; } = held;

        protected override void Run() => _ = Held;
    }
}
