namespace Cohort.Tests.Synchronizing.Conformance;

internal static class Results
{
    /// <summary>The results of others and one more.</summary>
    public static async Task<T[]> WaitAlongWith<T>(this Task<T[]> others, Task<T> own)
    {
        await Task.WhenAll(others, own);
        return [.. await others, await own];
    }
}
