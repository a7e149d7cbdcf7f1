using System.Diagnostics;

namespace Cohort.Tests;

/// <summary>For conditions that nothing announces, such as what /proc says.</summary>
internal static class Eventually
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    public static async Task TrueAsync(Func<bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < s_limit, "the condition did not come true");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
