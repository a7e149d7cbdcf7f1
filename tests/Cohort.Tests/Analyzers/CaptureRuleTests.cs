using Microsoft.CodeAnalysis;

namespace Cohort.Tests.Analyzers;

public sealed class CaptureRuleTests
{
    private const string Types =
        """

        internal sealed record Report(string Title, Log Log);
        internal sealed class Log(FileStream stream) { public FileStream Stream { get; } = stream; }
        internal sealed class Page(Stream content) { public long Length() => content.Length; }
        internal sealed class Node { public Node? Next; public int Value; }
        internal sealed class Cached { [NonSerialized] private Stream? _stream; public bool Has => _stream is not null; }
        [Picklable(typeof(PathPickler))] internal sealed class Source { public FileStream Stream = File.OpenRead("x"); }
        internal sealed class PathPickler : IPickler<Source>
        {
            public void Write(PickleWriter writer, Source value) => writer.WriteByte(1);
            public Source Read(PickleReader reader) => new();
        }
        internal class Outer { public sealed class Inner { public Thread? Thread; } }
        """;

    public static TheoryData<string, string> Refused => new()
    {
        { "FileStream", "The captured variable 'x' cannot travel to another process: FileStream cannot cross processes; send its SafeFileHandle" },
        { "Stream", "The captured variable 'x' cannot travel to another process: Stream cannot cross processes" },
        { "Lock", "The captured variable 'x' cannot travel to another process: Lock cannot cross processes; use Cohort.Synchronizing.InterprocessLock" },
        { "Task<int>", "The captured variable 'x' cannot travel to another process: Task<int> cannot cross processes; await it and send its result" },
        { "CancellationTokenSource", "The captured variable 'x' cannot travel to another process: CancellationTokenSource cannot cross processes; pass the token to the call that starts the work" },
        { "System.Net.Http.HttpClient", "The captured variable 'x' cannot travel to another process: HttpClient cannot cross processes" },
        { "System.Data.Common.DbConnection", "The captured variable 'x' cannot travel to another process: DbConnection cannot cross processes" },
        { "nint", "The captured variable 'x' cannot travel to another process: nint cannot cross processes; an address means nothing in another process" },
        { "ProcessPool", "The captured variable 'x' cannot travel to another process: ProcessPool cannot cross processes; a pool belongs to the process that made it: submit to it there, or make a pool inside the function" },
        { "Thread[]", "The captured variable 'x' cannot travel to another process: 'x'[]: Thread cannot cross processes" },
        { "Dictionary<string, List<Timer>>", "The captured variable 'x' cannot travel to another process: 'x'[][]: Timer cannot cross processes" },
        { "(int Count, Stream From)", "The captured variable 'x' cannot travel to another process: 'x'.From: Stream cannot cross processes" },
        { "GCHandleHolder?", "The captured variable 'x' cannot travel to another process: 'x'[].Handle: GCHandle cannot cross processes" },
        { "Report", "The captured variable 'x' cannot travel to another process: 'x'.Log.Stream: FileStream cannot cross processes; send its SafeFileHandle" },
        { "Page", "The captured variable 'x' cannot travel to another process: 'x'.content: Stream cannot cross processes" },
        { "Outer.Inner", "The captured variable 'x' cannot travel to another process: 'x'.Thread: Thread cannot cross processes" },
    };

    public static TheoryData<string> Accepted =>
    [
        "int", "string", "object", "CancellationToken", "IDisposable", "MemoryStream", "Func<Stream>", "List<int>", "Node", "Cached",
        "Source", "List<Source>", "dynamic", "DayOfWeek", "Exception", "Type", "Uri", "(int, string)", "int[][]",
        "System.Net.Sockets.Socket", "Microsoft.Win32.SafeHandles.SafeFileHandle", "System.Runtime.InteropServices.SafeHandle",
        "InterprocessLock", "InterprocessSemaphore", "SharedValue<int>", "InterprocessQueue<string>", "Connection", "SharedMemory",
    ];

    [Fact]
    public async Task What_a_pool_of_this_process_is_given_is_not_looked_at()
    {
        Assert.Empty(await Analyzed.DiagnosticsOf(
            """
            using Cohort;

            internal static class Program
            {
                public static void Main()
                {
                    using FileStream file = File.OpenRead("x");
                    using ThreadWorkerPool threads = new(1);
                    using InlinePool inline = new();
                    threads.Apply(() => file.Length);
                    inline.Apply(() => file.Length);
                }
            }
            """));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_captured_variable_that_cannot_travel_is_reported_in_the_words_of_the_run_time(string type, string message)
    {
        Diagnostic said = Assert.Single(await Analyzed.DiagnosticsOf(OfType(type)));
        Assert.Equal("COHORT001", said.Id);
        Assert.Equal(DiagnosticSeverity.Warning, said.Severity);
        Assert.Equal(message, said.GetMessage(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [MemberData(nameof(Accepted))]
    public async Task A_captured_variable_that_can_travel_is_fine(string type) => Assert.Empty(await Analyzed.Said(OfType(type)));

    [Theory]
    [InlineData("WorkerProcess.Start(() => stream.ReadByte());")]
    [InlineData("WorkerProcess.Start(async () => await stream.FlushAsync());")]
    [InlineData("WorkerProcess.Start(n => stream.Position = n, 3);")]
    [InlineData("_ = new WorkerProcess(() => stream.Flush());")]
    [InlineData("pool.Map(n => stream.ReadByte() + n, [1, 2]);")]
    [InlineData("await pool.MapAsync(async n => { await stream.FlushAsync(); return n; }, [1, 2]);")]
    [InlineData("pool.StarMap((a, b) => stream.ReadByte() + a + b, [(1, 2)]);")]
    [InlineData("foreach (int n in pool.MapStream(n => stream.ReadByte() + n, [1, 2])) { }")]
    [InlineData("await pool.ApplyAsync(() => new List<int> { 1 }.Select(n => n + stream.ReadByte()).ToArray());")]
    [InlineData("pool.Apply((Func<int>)(() => stream.ReadByte()));")]
    [InlineData("_ = new ProcessPoolOptions { Initializer = () => stream.Flush() };")]
    public async Task Every_way_to_hand_a_function_over_is_looked_at(string statement)
    {
        string[] said = await Analyzed.Said(Pool($"Stream stream = Stream.Null; {statement}"));
        Assert.Equal(["COHORT001 stream"], said);
    }

    [Fact]
    public async Task Methods_of_ones_own_are_looked_at_where_they_say_so()
    {
        const string Program =
            """
            using Cohort.Serializing;
            Stream stream = Stream.Null;
            Later(() => stream.Flush());
            Now(() => stream.Flush());
            static void Later([Pickled] Action function) => Cohort.WorkerProcess.Start(function);
            static void Now(Action function) => function();
            """;
        Assert.Equal(["COHORT001 stream"], await Analyzed.Said(Program));
    }

    [Fact]
    public async Task What_a_called_local_function_captures_is_captured()
    {
        string[] said = await Analyzed.Said(Pool(
            """
            Stream stream = Stream.Null;
            int Outer(int n) => n + Inner();
            int Inner() { int own = stream.ReadByte(); return own; }
            pool.Apply(() => Outer(1));
            pool.Apply(Inner);
            """));
        Assert.Equal(["COHORT001 stream", "COHORT001 Inner"], said);
    }

    [Fact]
    public async Task The_object_of_a_method_travels_with_it()
    {
        string[] said = await Analyzed.Said(Pool("Log log = new(File.OpenRead(\"/dev/null\")); Node node = new(); pool.Apply(log.ToString); pool.Apply(node.ToString);"));
        Assert.Equal(["COHORT001 log.ToString"], said);
    }

    [Fact]
    public async Task What_is_used_without_being_captured_is_fine()
    {
        Assert.Empty(await Analyzed.Said(Pool(
            """
            pool.Apply(static () => { using FileStream own = File.OpenRead("/dev/null"); return own.ReadByte(); });
            pool.Apply(() => { Task<int> task = Task.FromResult(1); int Wait() => task.Result; return Wait(); });
            const string Name = "x";
            pool.Apply(() => Name + Holder.Shared.Length);
            static class Holder { public static readonly Stream Shared = Stream.Null; }
            """)));
    }

    [Fact]
    public async Task What_another_function_of_the_scope_captures_goes_along()
    {
        string[] said = await Analyzed.Said(Pool(
            """
            Stream stream = Stream.Null;
            int number = 1;
            Action here = () => stream.Flush();
            pool.Apply(() => number);
            """));
        Assert.Equal(["COHORT001 number"], said);
        Diagnostic diagnostic = Assert.Single(await Analyzed.DiagnosticsOf(Pool(
            "int number = 1; { int inner = 2; Stream stream = Stream.Null; Action here = () => stream.CopyTo(new MemoryStream(number)); pool.Apply(() => inner); }")));
        Assert.StartsWith("'stream' goes along because another function in the same scope captures it, and cannot travel", diagnostic.GetMessage(null), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ Stream stream = Stream.Null; Action here = () => stream.Flush(); } int number = 1; pool.Apply(() => number);")]
    [InlineData("Stream stream = Stream.Null; Action here = () => stream.Flush(); { int number = 1; pool.Apply(() => number); }")]
    [InlineData("int number = 1; Task<int> remote = pool.ApplyAsync(() => number); Func<Task<int>> wait = () => remote;")]
    [InlineData("Stream stream = Stream.Null; Action here = () => stream.Flush(); pool.Apply(() => 1);")]
    public async Task What_is_in_another_closure_or_not_yet_set_does_not_go_along(string statements) =>
        Assert.Empty(await Analyzed.Said(Pool(statements)));

    [Fact]
    public async Task Variables_that_are_declared_nowhere_are_looked_at_as_others()
    {
        string[] said = await Analyzed.Said(Pool(
            """
            pool.Apply(() => args.Length);
            Action<int> here = n => args[0] = "";
            static int Count(ProcessPool pool) =>
                (from stream in new[] { Stream.Null } where pool.Apply(() => stream.ReadByte()) > 0 let length = stream.Length select length).Count();
            """) + "internal class Settings { public Stream Log { set => new ProcessPool(1).Apply(() => value.ReadByte()); } }");
        Assert.Equal(["COHORT001 stream", "COHORT001 value"], said);
    }

    [Fact]
    public async Task A_pickler_that_is_registered_anywhere_in_the_program_counts()
    {
        const string Registration =
            """
            internal sealed class LogPickler : IPickler<Log>
            {
                [System.Runtime.CompilerServices.ModuleInitializer] internal static void Register() => Picklers.Register(new LogPickler());
                public void Write(PickleWriter writer, Log value) => writer.WriteString(value.Stream.Name);
                public Log Read(PickleReader reader) => new(File.OpenRead(reader.ReadString()!));
            }
            """;
        Assert.Empty(await Analyzed.Said(OfType("Report") + Registration));
    }

    internal static string Pool(string statements) =>
        $"""
        using Cohort;
        using Cohort.Messaging;
        using Cohort.Serializing;
        using Cohort.Sharing;
        using Cohort.Synchronizing;
        await using ProcessPool pool = new(1);
        {statements}
        {Types}
        internal struct GCHandleHolder {"{ public System.Runtime.InteropServices.GCHandle Handle; }"}
        """;

    private static string OfType(string type) => Pool($"{type} x = default!; pool.Apply(() => x?.ToString());").Replace(
        "x?.ToString()", type is "int" or "nint" or "CancellationToken" or "DayOfWeek" || type.StartsWith('(') ? "x.ToString()" : "x?.ToString()");
}
