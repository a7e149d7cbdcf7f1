using System.Globalization;
using Cohort.Pools;
using Spectre.Console;

namespace Cohort.Samples.Progress;

/// <summary>A bar of Spectre.Console as the target of a pool's reports: copy it into a program of yours.</summary>
internal sealed class BarProgress(ProgressTask bar) : IProgress<PoolProgress>
{
    /// <summary>The columns that show what a report tells.</summary>
    public static ProgressColumn[] Columns { get; } =
        [new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new SpinnerColumn()];

    public void Report(PoolProgress value)
    {
        // The bar's own guess of the rest is not used: the pool's counts failures as well.
        bar.IsIndeterminate = value.Total is null;
        bar.MaxValue = value.Total ?? 1;
        bar.Value = value.Done + value.Failed;
        bar.Description = Markup.Escape(Describe(value));
        if (value.IsLast)
        {
            bar.StopTask();
        }
    }

    public static string Describe(PoolProgress value)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        string of = value.Total is { } total ? string.Create(culture, $" of {total}") : "";
        string failed = value.Failed > 0 ? string.Create(culture, $", {value.Failed} failed") : "";
        string rest = value switch
        {
            { IsLast: true } => string.Create(culture, $"in {value.Elapsed.TotalSeconds:F1} s"),
            { Remaining: { } remaining } => string.Create(culture, $"{remaining.TotalSeconds:F0} s left"),
            _ => string.Create(culture, $"{value.Elapsed.TotalSeconds:F0} s"),
        };
        return string.Create(culture, $"{value.Done}{of}{failed}, {value.Rate:F0}/s, {rest}");
    }
}
