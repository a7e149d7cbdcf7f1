using System.Runtime.InteropServices;
using Cohort.Interop;

namespace Cohort.Tests.Interop;

/// <summary>Sizes and offsets that the kernel and the C libraries have on both CPUs.</summary>
public sealed unsafe class LayoutTests
{
    [Fact]
    public void EPollEvent_IsPackedOnX64Only()
    {
        EPollEventX64 x64 = default;
        EPollEventArm64 arm64 = default;

        Assert.Equal((12, 4), (sizeof(EPollEventX64), (int)((byte*)&x64.data - (byte*)&x64)));
        Assert.Equal((16, 8), (sizeof(EPollEventArm64), (int)((byte*)&arm64.data - (byte*)&arm64)));
    }

    [Fact]
    public void SigInfo_HasTheFieldsOfSigChld()
    {
        SigInfo info = default;
        byte* start = (byte*)&info;

        Assert.Equal(128, sizeof(SigInfo));
        Assert.Equal(
            [0, 4, 8, 16, 20, 24],
            [
                (int)((byte*)&info.si_signo - start), (int)((byte*)&info.si_errno - start), (int)((byte*)&info.si_code - start),
                (int)((byte*)&info.si_pid - start), (int)((byte*)&info.si_uid - start), (int)((byte*)&info.si_status - start),
            ]);
    }

    [Fact]
    public void SeccompPrograms_HaveTheKernelsLayout()
    {
        SockFilter filter = new(0x1122, 0xAABBCCDD, jt: 0x33, jf: 0x44);
        SockFProg program = default;

        Assert.Equal([0x22, 0x11, 0x33, 0x44, 0xDD, 0xCC, 0xBB, 0xAA], new ReadOnlySpan<byte>(&filter, sizeof(SockFilter)).ToArray());
        Assert.Equal((16, 8), (sizeof(SockFProg), (int)((byte*)&program.Filter - (byte*)&program)));
    }

    [Fact]
    public void Messages_HaveTheKernelsLayout()
    {
        MsgHdr header = default;
        byte* start = (byte*)&header;

        Assert.Equal(56, sizeof(MsgHdr));
        Assert.Equal(
            [0, 8, 16, 24, 32, 40, 48],
            [
                (int)((byte*)&header.msg_name - start), (int)((byte*)&header.msg_namelen - start),
                (int)((byte*)&header.msg_iov - start), (int)((byte*)&header.msg_iovlen - start),
                (int)((byte*)&header.msg_control - start), (int)((byte*)&header.msg_controllen - start),
                (int)((byte*)&header.msg_flags - start),
            ]);
        Assert.Equal(16, sizeof(IoVec));
        Assert.Equal(16, sizeof(CMsgHdr));
        Assert.Equal((20, 24), (CMsgHdr.Length(4), CMsgHdr.Space(4)));
        Assert.Equal((24, 24), (CMsgHdr.Length(8), CMsgHdr.Space(8)));
    }

    [Fact]
    public void SmallStructs_HaveTheirSizes()
    {
        Assert.Equal(16, sizeof(Timespec));
        Assert.Equal(24, sizeof(FutexWaitV));
        Assert.Equal(12, sizeof(UCred));
        Assert.Equal(8, sizeof(PollFd));
        Assert.Equal(144, sizeof(RUsage));
        Assert.Equal(256, sizeof(StatX));
        Assert.Equal(128, sizeof(SigSet));
    }

    [Fact]
    public void SpawnBlocks_HaveRoomForBothCLibraries()
    {
        // 336 and 80 bytes in glibc and in musl, on both CPUs.
        Assert.True(sizeof(SpawnAttributes) >= 336);
        Assert.True(sizeof(SpawnFileActions) >= 80);
    }

    [Fact]
    public void RUsage_FieldsFollowTheTimes() =>
        Assert.Equal(
            (32, 64, 72, 128, 136),
            ((int)Marshal.OffsetOf<RUsage>(nameof(RUsage.ru_maxrss)), (int)Marshal.OffsetOf<RUsage>(nameof(RUsage.ru_minflt)),
                (int)Marshal.OffsetOf<RUsage>(nameof(RUsage.ru_majflt)), (int)Marshal.OffsetOf<RUsage>(nameof(RUsage.ru_nvcsw)),
                (int)Marshal.OffsetOf<RUsage>(nameof(RUsage.ru_nivcsw))));
}
