using Cohort.Samples.DocIndex.Scanning;
using Spectre.Console;

namespace Cohort.Samples.DocIndex.Display;

/// <summary>A bar on a terminal.</summary>
internal sealed class BarProgress(IAnsiConsole console) : IProgressDisplay
{
    public T Track<T>(string title, DocumentSet documents, Func<Action<long>, T> run) => console.Progress()
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
        .Start(context =>
        {
            ProgressTask task = context.AddTask(Markup.Escape(title), maxValue: Math.Max(1, documents.Length));
            T result = run(bytes => task.Increment(bytes));
            task.Value = task.MaxValue;
            return result;
        });
}
