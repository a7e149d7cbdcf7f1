using System.Globalization;

namespace Cohort.Tests.Workers;

/// <summary>What a worker can be told to run.</summary>
public sealed class WorkerTargetTests : WorkerTest
{
    [Fact]
    public void A_method_runs_with_one_argument() => Assert.Equal("hello", NoteOf(WorkerProcess.Start(WriteHello, Note)));

    [Fact]
    public void A_method_runs_with_two_arguments() =>
        Assert.Equal("text", NoteOf(WorkerProcess.Start(File.WriteAllText, Note, "text")));

    [Fact]
    public void A_method_runs_with_three_arguments() =>
        Assert.Equal("1 2,3", NoteOf(WorkerProcess.Start(Write, Note, 1, new List<int> { 2, 3 })));

    [Fact]
    public void A_lambda_runs_with_an_argument() =>
        Assert.Equal("lambda", NoteOf(WorkerProcess.Start(static path => File.WriteAllText(path, "lambda"), Note)));

    [Fact]
    public void A_closure_travels_with_copies_of_what_it_captured()
    {
        string path = Note;
        int[] numbers = [1, 2, 3];
        int sum = 0;
        string note = NoteOf(WorkerProcess.Start(() =>
        {
            sum = numbers.Sum();
            numbers[0] = 99;
            File.WriteAllText(path, $"{sum}");
        }));
        Assert.Equal("6", note);
        Assert.Equal(0, sum);
        Assert.Equal([1, 2, 3], numbers);
    }

    [Fact]
    public void A_local_function_runs()
    {
        string path = Note;
        void Local() => File.WriteAllText(path, "local");
        Assert.Equal("local", NoteOf(WorkerProcess.Start(Local)));
    }

    [Fact]
    public void A_method_of_an_object_runs_with_the_object()
    {
        Writer writer = new(Note, 5);
        writer.Count++;
        Assert.Equal("6", NoteOf(WorkerProcess.Start(writer.WriteCount)));
        Assert.Equal(6, writer.Count);
    }

    [Fact]
    public void An_argument_arrives_as_what_it_is_and_not_as_what_it_is_declared()
    {
        static void WriteType(string path, object value) => File.WriteAllText(path, $"{value.GetType().Name} {value}");
        Assert.Equal("Version 1.2", NoteOf(WorkerProcess.Start<string, object>(WriteType, Note, new Version(1, 2))));
    }

    [Fact]
    public void A_null_argument_arrives() =>
        Assert.Equal("True", NoteOf(WorkerProcess.Start(static (path, text) => File.WriteAllText(path, $"{text is null}"), Note, (string?)null)));

    [Fact]
    public void The_same_object_twice_in_an_argument_is_one_object_there()
    {
        List<int> list = [1];
        Assert.Equal("True", NoteOf(WorkerProcess.Start(
            static (path, lists) => File.WriteAllText(path, $"{ReferenceEquals(lists[0], lists[1])}"), Note, new[] { list, list })));
    }

    [Fact]
    public void An_async_function_runs_to_its_end()
    {
        string path = Note;
        Assert.Equal("before after", NoteOf(WorkerProcess.Start(async () =>
        {
            await File.WriteAllTextAsync(path, "before ");
            await Task.Delay(20);
            await File.AppendAllTextAsync(path, "after");
        })));
    }

    [Fact]
    public void An_async_function_runs_with_an_argument() =>
        Assert.Equal("async", NoteOf(WorkerProcess.Start(WriteAsync, Note)));

    [Fact]
    public void An_async_lambda_runs_to_its_end_with_two_arguments() => Assert.Equal("two", NoteOf(WorkerProcess.Start(
        static async (path, text) =>
        {
            await Task.Delay(20);
            await File.WriteAllTextAsync(path, text);
        },
        Note,
        "two")));

    [Fact]
    public void An_async_lambda_runs_to_its_end_with_three_arguments() => Assert.Equal("three 3", NoteOf(WorkerProcess.Start(
        static async (path, text, number) =>
        {
            await Task.Delay(20);
            await File.WriteAllTextAsync(path, $"{text} {number}");
        },
        Note,
        "three",
        3)));

    [Fact]
    public void An_async_lambda_of_two_arguments_that_fails_fails_the_worker() => Assert.Equal(1, Join(WorkerProcess.Start(
        static async (delay, message) =>
        {
            await Task.Delay(delay);
            throw new InvalidOperationException(message);
        },
        20,
        "expected")));

    [Fact]
    public void An_async_function_that_fails_fails_the_worker() => Assert.Equal(1, Join(WorkerProcess.Start(FailAsync)));

    [Fact]
    public void An_overridden_run_travels_with_the_fields_of_all_its_classes()
    {
        Derived worker = new(Note, "mine") { Numbers = { 4, 5 } };
        worker.Start();
        Assert.Equal("mine 4,5 base Ada True", NoteOf(worker));
        Assert.Equal("mine", worker.Text);
    }

    [Fact]
    public void A_subclass_that_refers_to_itself_is_itself_there()
    {
        SelfReferring worker = new(Note);
        worker.Start();
        Assert.Equal("True True", NoteOf(worker));
    }

    [Fact]
    public void Run_without_a_target_does_nothing()
    {
        using Idle worker = new();
        worker.Start();
        Assert.Equal(0, Join(worker));
    }

    [Fact]
    public void A_constructed_worker_runs_when_it_is_started()
    {
        string path = Note;
        using WorkerProcess worker = new(() => File.WriteAllText(path, "started"));
        Assert.False(File.Exists(path));
        worker.Start();
        Assert.Equal(0, Join(worker));
        Assert.Equal("started", File.ReadAllText(path));
    }

    [Fact]
    public void Null_is_no_target()
    {
        Assert.Throws<ArgumentNullException>(static () => new WorkerProcess((Action)null!));
        Assert.Throws<ArgumentNullException>(static () => new WorkerProcess((Func<Task>)null!));
        Assert.Throws<ArgumentNullException>(static () => WorkerProcess.Start(null!, 1));
        Assert.Throws<ArgumentNullException>(static () => WorkerProcess.Start((Action<int, int>)null!, 1, 2));
        Assert.Throws<ArgumentNullException>(static () => WorkerProcess.Start((Action<int, int, int>)null!, 1, 2, 3));
        Assert.Throws<ArgumentNullException>(static () => WorkerProcess.Start((Func<int, int, Task>)null!, 1, 2));
        Assert.Throws<ArgumentNullException>(static () => WorkerProcess.Start((Func<int, int, int, Task>)null!, 1, 2, 3));
    }

    private static void WriteHello(string path) => File.WriteAllText(path, "hello");

    private static void Write(string path, int number, List<int> numbers) =>
        File.WriteAllText(path, string.Create(CultureInfo.InvariantCulture, $"{number} {string.Join(',', numbers)}"));

    private static async Task WriteAsync(string path)
    {
        await Task.Yield();
        await File.WriteAllTextAsync(path, "async");
    }

    private static async Task FailAsync()
    {
        await Task.Yield();
        throw new InvalidOperationException("expected");
    }

    private sealed class Writer(string path, int count)
    {
        public int Count { get; set; } = count;

        public void WriteCount() => File.WriteAllText(path, $"{Count++}");
    }

    private class Base(WorkerOptions options) : WorkerProcess(options)
    {
        private readonly string _own = "base";

        protected string Own => _own;
    }

    private sealed class Derived(string path, string text) : Base(new WorkerOptions { Name = "Ada" })
    {
        public string Text { get; private set; } = text;

        public List<int> Numbers { get; } = [];

        protected override void Run()
        {
            File.WriteAllText(path, $"{Text} {string.Join(',', Numbers)} {Own} {Name} {ReferenceEquals(this, Current)}");
            Text = "changed in the worker";
        }
    }

    private sealed class SelfReferring : WorkerProcess
    {
        private readonly string _path;
        private readonly WorkerProcess _self;

        public SelfReferring(string path)
        {
            _path = path;
            _self = this;
        }

        protected override void Run() => File.WriteAllText(_path, $"{ReferenceEquals(_self, this)} {_self.IsAlive}");
    }

    private sealed class Idle : WorkerProcess;
}
