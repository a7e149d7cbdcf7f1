using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

/// <summary>A barrier with a name.</summary>
public sealed class NamedBarrierTests : IDisposable
{
    private const int Limit = 60_000;

    private readonly string _name = $"test-{Guid.NewGuid():N}";

    private string Path => $"/dev/shm/cohort.{_name}";

    public void Dispose() => File.Delete(Path);

    [Fact(Timeout = Limit)]
    public async Task Wait_InAnotherProcessThatOpenedItByName_LetsBothGo()
    {
        string name = _name;
        using InterprocessBarrier barrier = InterprocessBarrier.OpenOrCreate(name, 2);
        await using ProcessPool pool = new(1);
        Task<int> there = pool.ApplyAsync(
            static name =>
            {
                using InterprocessBarrier same = InterprocessBarrier.Open(name);
                return same.Wait();
            },
            name);
        int here = await barrier.WaitAsync().AsTask().Watched();

        Assert.Equal(1, here + await there.Watched());
    }

    [Fact(Timeout = Limit)]
    public async Task Wait_EachWithAnActionOfItsOwn_RunsThatOfTheLast()
    {
        List<string> ran = [];
        using InterprocessBarrier one = InterprocessBarrier.OpenOrCreate(_name, 2, () => ran.Add("one"));
        using InterprocessBarrier other = InterprocessBarrier.Open(_name, () => ran.Add("other"));
        Task<int> first = one.WaitAsync().AsTask();
        await other.WaitAsync().AsTask().Watched();
        await first.Watched();

        Assert.Equal(["other"], ran);
    }

    [Fact]
    public void OpenOrCreate_ForAnotherNumberOfParties_SaysBoth()
    {
        using InterprocessBarrier barrier = InterprocessBarrier.OpenOrCreate(_name, 3);

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => InterprocessBarrier.OpenOrCreate(_name, 4));
        Assert.Contains("It is for 3 parties and not for 4.", fault.Message, StringComparison.Ordinal);
        using InterprocessBarrier same = InterprocessBarrier.OpenOrCreate(_name, 3);
        using InterprocessBarrier any = InterprocessBarrier.Open(_name);
        Assert.Equal(3, any.Parties);
    }

    [Fact]
    public void OpenOrCreate_Timeout_IsThatOfWhoeverMadeIt()
    {
        using InterprocessBarrier one = InterprocessBarrier.OpenOrCreate(_name, 2, timeout: TimeSpan.FromMilliseconds(1));
        using InterprocessBarrier other = InterprocessBarrier.OpenOrCreate(_name, 2);

        Assert.Equal(BarrierBreakReason.Timeout, Assert.Throws<BarrierBrokenException>(() => other.Wait()).Reason);
        Assert.True(one.IsBroken);
    }

    [Fact]
    public void OpenOrCreate_BadArguments_ThrowsAndMakesNothing()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => InterprocessBarrier.OpenOrCreate(_name, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => InterprocessBarrier.OpenOrCreate(_name, 2, timeout: TimeSpan.FromSeconds(-3)));
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public void Open_WhatIsNone_SaysWhatThereIs()
    {
        Assert.Throws<FileNotFoundException>(() => InterprocessBarrier.Open(_name));
        NamedCells.OpenOrCreate(SharedKind.Barrier, 64, _name, NamedCells.OwnerOnly).Dispose();

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => InterprocessBarrier.Open(_name));
        Assert.Contains($"'{_name}' ({Path}) cannot be opened as a Barrier: A barrier of 64 bytes", fault.Message, StringComparison.Ordinal);
        SharedObject.Unlink(_name);
        using InterprocessEvent other = InterprocessEvent.OpenOrCreate(_name);
        Assert.Contains("There is a Event", Assert.Throws<InvalidDataException>(() => InterprocessBarrier.Open(_name)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_APartiesWordThatDoesNotFit_SaysSo()
    {
        using (SharedCell cell = NamedCells.OpenOrCreate(SharedKind.Barrier, BarrierWords.SizeFor(2), _name, NamedCells.OwnerOnly))
        {
            unsafe
            {
                new BarrierWords(cell.Payload).Parties = int.MaxValue;
            }
        }

        Assert.Throws<InvalidDataException>(() => InterprocessBarrier.Open(_name));
    }
}
