using System.Diagnostics;
using System.Linq.Expressions;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cohort.Serializing;

namespace Cohort.Tests.Serializing;

public sealed class RefusalTests
{
    public static TheoryData<string, Func<object>> Refused => new()
    {
        { "FileStream", () => new FileStream("/dev/null", FileMode.Open) },
        { "Thread", () => Thread.CurrentThread },
        { "Task<int>", () => Task.FromResult(1) },
        { "ValueTask<int>", () => new ValueTask<int>(1) },
        { "CancellationTokenSource", () => new CancellationTokenSource() },
        { "CancellationToken", () => new CancellationTokenSource().Token },
        { "IntPtr", () => (nint)5 },
        { "UIntPtr", () => (nuint)5 },
        { "WeakReference", () => new WeakReference(null) },
        { "WeakReference<string>", () => new WeakReference<string>("x") },
        { "GCHandle", () => default(GCHandle) },
        { "Process", () => new Process() },
        { "Timer", () => new Timer(_ => { }) },
        { "ThreadLocal<int>", () => new ThreadLocal<int>() },
        { "AsyncLocal<int>", () => new AsyncLocal<int>() },
        { "ConditionalWeakTable<string, string>", () => new ConditionalWeakTable<string, string>() },
        { "SpinLock", () => default(SpinLock) },
        { "RuntimeTypeHandle", () => typeof(int).TypeHandle },
    };

    public static TheoryData<string, Func<object>> Synchronisation => new()
    {
        { "InterprocessSemaphore", () => new SemaphoreSlim(1) },
        { "InterprocessSemaphore", () => new Semaphore(1, 1) },
        { "InterprocessLock", () => Activator.CreateInstance(typeof(Lock))! },
        { "InterprocessLock", () => new Mutex() },
        { "InterprocessLock", () => new ReaderWriterLockSlim() },
        { "InterprocessEvent", () => new ManualResetEventSlim() },
        { "InterprocessEvent", () => new AutoResetEvent(false) },
        { "InterprocessBarrier", () => new Barrier(1) },
        { "InterprocessCondition", () => new CountdownEvent(1) },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void What_belongs_to_one_process_is_refused(string name, Func<object> make)
    {
        object value = make();
        string message = RoundTrip.RefusalOf<object[]>(["fine", value]);
        Assert.StartsWith($"value[1]: {name} ", message, StringComparison.Ordinal);
        Assert.Contains("cannot cross processes", message, StringComparison.Ordinal);
        (value as IDisposable)?.Dispose();
    }

    [Fact]
    public void A_message_that_may_have_a_tasks_token_is_refused_for_what_cannot_travel_and_not_for_the_token()
    {
        using CancellationTokenSource source = new();
        PickleWriter writer = new() { CarriesTaskTokens = true };
        PickleException refused = Assert.Throws<PickleException>(() => Pickle.Write(writer, new object[] { source.Token, Thread.CurrentThread }));
        Assert.Equal("value[1]", refused.Path);
        Assert.Contains("Thread", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Synchronisation), DisableDiscoveryEnumeration = true)]
    public void Locks_of_one_process_are_refused_with_what_to_use_instead(string instead, Func<object> make)
    {
        Assert.Contains($"use Cohort.Synchronizing.{instead}", RoundTrip.RefusalOf(make()), StringComparison.Ordinal);
    }

    [Fact]
    public void The_path_leads_through_fields_to_the_one_at_fault()
    {
        using Stream stream = new FileStream("/dev/null", FileMode.Open);
        Job job = new() { Logger = new Log(stream) };
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(
                "args[0].Logger._stream: FileStream cannot cross processes; send its SafeFileHandle",
                RoundTrip.RefusalOf(job, "args[0]"));
        }
    }

    [Fact]
    public void The_path_leads_through_collections_tuples_and_exceptions()
    {
        Log log = new(Stream.Synchronized(Stream.Null));
        string end = "._stream: ";
        Assert.StartsWith("value[\"k\"][0]" + end, RoundTrip.RefusalOf(new Dictionary<string, List<Log>> { ["k"] = [log] }), StringComparison.Ordinal);
        Assert.StartsWith("value.Item2" + end, RoundTrip.RefusalOf((1, log)), StringComparison.Ordinal);
        Assert.StartsWith("value[0]" + end, RoundTrip.RefusalOf(new Queue<Log>([log]).ToArray()), StringComparison.Ordinal);
        InvalidOperationException outer = new("outer", new Exception("inner") { Data = { ["log"] = log } });
        Assert.StartsWith("value.InnerException.Data[\"log\"]" + end, RoundTrip.RefusalOf(outer), StringComparison.Ordinal);
    }

    [Fact]
    public void A_closure_is_refused_with_the_name_of_the_captured_variable()
    {
        using FileStream output = new("/dev/null", FileMode.Open);
        Action closure = () => output.Flush();
        Assert.Equal(
            "args[1], captured variable 'output': FileStream cannot cross processes; send its SafeFileHandle",
            RoundTrip.RefusalOf(closure, "args[1]"));
        Assert.Equal(
            "value, captured variable 'log'._stream: FileStream cannot cross processes; send its SafeFileHandle",
            RoundTrip.RefusalOf(Capture(new Log(output))));
    }

    [Fact]
    public void A_pool_is_refused_by_name() =>
        Assert.Equal("cannot cross processes; a pool belongs to the process that made it: submit to it there, or make a pool inside the function", Refusals.Find(typeof(ProcessPool)));

    [Fact]
    public void A_method_that_was_made_at_run_time_is_refused()
    {
        Expression<Func<int, int>> expression = x => x + 1;
        Assert.Contains("made at run time", RoundTrip.RefusalOf(expression.Compile()), StringComparison.Ordinal);
        DynamicMethod method = new("m", typeof(int), []);
        ILGenerator il = method.GetILGenerator();
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Ret);
        Assert.Contains("made at run time", RoundTrip.RefusalOf(method.CreateDelegate<Func<int>>()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_of_a_dynamic_assembly_is_refused()
    {
        ModuleBuilder module = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Made"), AssemblyBuilderAccess.Run).DefineDynamicModule("m");
        Type type = module.DefineType("T", TypeAttributes.Public).CreateType();
        Assert.Contains("dynamic assembly Made", RoundTrip.RefusalOf(Activator.CreateInstance(type)), StringComparison.Ordinal);
    }

    [Fact]
    public unsafe void Pointer_fields_are_refused()
    {
        Assert.StartsWith("value.Address: ", RoundTrip.RefusalOf(new WithPointer { Address = (int*)8 }), StringComparison.Ordinal);
        Assert.StartsWith("value.Handle: IntPtr", RoundTrip.RefusalOf(new WithHandle()), StringComparison.Ordinal);
    }

    [Fact]
    public void Refused_types_are_refused_when_read_as_well()
    {
        byte[] message = Pickle.Dumps<object>(new[] { 1 });
        PickleWriter forged = new();
        forged.WriteByte(SlotTag.Other);
        forged.WriteType(typeof(FileStream));
        PickleException error = Assert.Throws<PickleException>(() => Pickle.Loads<object>(forged.ToArray()));
        Assert.Contains("FileStream cannot cross processes; send its SafeFileHandle", error.Message, StringComparison.Ordinal);
        Assert.Null(error.Path);
        Assert.Equal([1], (int[])Pickle.Loads<object>(message));
    }

    [Fact]
    public void An_object_of_another_type_than_the_slot_takes_is_refused_before_it_is_made()
    {
        byte[] message = Pickle.Dumps<object>(new Loud());
        Loud.Made = 0;
        Assert.Throws<PickleException>(() => Pickle.Loads<IComparable>(message));
        Assert.Equal(0, Loud.Made);
        Pickle.Loads<object>(message);
        Assert.Equal(1, Loud.Made);
    }

    private static Func<int> Capture(Log log) => () => log.GetHashCode();

    private sealed class Log(Stream stream)
    {
        private readonly Stream _stream = stream;

        public override int GetHashCode() => _stream.GetHashCode();
    }

    private sealed class Job
    {
        public int Number { get; set; } = 1;

        public Log? Logger { get; set; }
    }

    private unsafe struct WithPointer
    {
        public int* Address;
    }

    private sealed class WithHandle
    {
        public nint Handle = 5;
    }

    private sealed class Loud
    {
        public static int Made;

        [System.Runtime.Serialization.OnDeserializing]
        private void Note(System.Runtime.Serialization.StreamingContext context) => Made++;
    }
}
