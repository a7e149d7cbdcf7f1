using Cohort.Pools;

namespace Cohort.Tests.Pools;

public sealed unsafe class TaskClaimTests
{
    [Fact]
    public void TryBegin_InOrder_ClaimsEach()
    {
        long word = 0;
        TaskClaim claim = new((byte*)&word);
        Assert.Equal(0u, claim.Claimed);
        Assert.True(claim.TryBegin(1));
        Assert.True(claim.TryBegin(2));
        Assert.Equal(2u, claim.Claimed);
    }

    [Fact]
    public void Revoke_TasksNotBegun_AreSkippedAndLaterOnesAreNot()
    {
        long word = 0;
        TaskClaim claim = new((byte*)&word);
        Assert.True(claim.TryBegin(1));
        Assert.Equal(1u, claim.Revoke(4));
        Assert.False(claim.TryBegin(2));
        Assert.False(claim.TryBegin(4));
        Assert.Equal(1u, claim.Claimed);
        Assert.True(claim.TryBegin(5));
        Assert.Equal(5u, claim.Claimed);
    }

    [Fact]
    public void PlaceIn_IsThatOfTheTaskWhichSaidIt()
    {
        long* words = stackalloc long[64];
        new Span<long>(words, 64).Clear();
        TaskClaim claim = new((byte*)words);
        Assert.Equal(-1, claim.PlaceIn(1));
        claim.NotePlace(1, 0);
        claim.NotePlace(1, 5);
        Assert.Equal(5, claim.PlaceIn(1));
        Assert.Equal(-1, claim.PlaceIn(2));
        Assert.True(claim.TryBegin(2));
        Assert.Equal((-1, 2u, 0u), (claim.PlaceIn(2), claim.Claimed, claim.Cancelled));
    }

    [Fact]
    public void TryBegin_AcrossTheWrapOfNumbers_ComparesByDifference()
    {
        long word = 0;
        TaskClaim claim = new((byte*)&word);
        claim.Revoke(uint.MaxValue - 2);
        Assert.True(claim.TryBegin(uint.MaxValue - 1));
        Assert.True(claim.TryBegin(uint.MaxValue));
        Assert.True(claim.TryBegin(1));
        Assert.Equal(1u, claim.Revoke(3));
        Assert.False(claim.TryBegin(2));
        Assert.True(claim.TryBegin(4));
    }

    [Theory]
    [InlineData(0x7FFFFFFFu)]
    [InlineData(0xFFFFFFFEu)]
    public void TryBegin_FarBeyondTheLastThatWasRevoked_ClaimsEach(uint far)
    {
        long word = 0;
        TaskClaim claim = new((byte*)&word);
        Assert.Equal(0u, claim.Revoke(1));
        for (uint number = 2; number < far - 0x10000000; number += 0x10000000)
        {
            Assert.True(claim.TryBegin(number));
        }

        for (uint number = far; number != far + 5; number++)
        {
            Assert.True(claim.TryBegin(number));
        }

        Assert.Equal(far + 4, claim.Revoke(far + 9));
        Assert.False(claim.TryBegin(far + 5));
    }

    [Fact]
    public void BeginAndRevoke_Racing_EachTaskIsTakenByOneSide()
    {
        const int Count = 200_000;
        bool[] begun = new bool[Count + 1];
        bool[] takenBack = new bool[Count + 1];
        long word = 0;
        TaskClaim claim = new((byte*)&word);
        Thread worker = new(() =>
        {
            for (uint number = 1; number <= Count; number++)
            {
                begun[number] = claim.TryBegin(number);
            }
        });
        worker.Start();
        uint revoked = 0;
        while (!worker.Join(0))
        {
            uint last = Math.Min(Math.Max(claim.Claimed, revoked) + 20, Count);
            for (uint number = Math.Max(claim.Revoke(last), revoked) + 1; number <= last; number++)
            {
                takenBack[number] = true;
            }

            revoked = Math.Max(revoked, last);
            Thread.SpinWait(200);
        }

        Assert.All(Enumerable.Range(1, Count), number => Assert.NotEqual(begun[number], takenBack[number]));
    }
}
