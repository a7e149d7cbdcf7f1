using System.Globalization;
using System.Runtime;
using Cohort.Pools;

namespace Cohort.Tests.Pools;

/// <summary>What is generic over value types is compiled ahead of time for the commonest of them.</summary>
public sealed class CommonSignaturesTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_workers_first_task_of_a_common_signature_needs_no_compiler_but_for_the_function_itself()
    {
        await using ProcessPool pool = new(1);

        // The lambdas of this class have an object that they share.
        await pool.ApplyAsync(static (string text) => text, "");
        int before = CompiledBy(pool);

        Assert.Equal(9, await pool.ApplyAsync(static (int number) => (long)number * number, 3));
        int afterLong = CompiledBy(pool);
        Assert.True(await pool.ApplyAsync(static (double number) => number > 0, 3.5));
        int afterBool = CompiledBy(pool);

        // A signature that nothing mentions shows that the count counts.
        Assert.Equal(4, await pool.ApplyAsync(static (ushort number) => (sbyte)number, (ushort)4));
        int afterUncommon = CompiledBy(pool);
        Assert.Equal((1, 1), (afterLong - before, afterBool - afterLong));
        Assert.InRange(afterUncommon - afterBool, 4, 100);
    }

    private static int CompiledBy(ProcessPool pool) => int.Parse(pool.Apply(CountCompiled, ""), CultureInfo.InvariantCulture);

    private static string CountCompiled(string ignored) =>
        ignored + JitInfo.GetCompiledMethodCount(currentThread: true).ToString(CultureInfo.InvariantCulture);
}
