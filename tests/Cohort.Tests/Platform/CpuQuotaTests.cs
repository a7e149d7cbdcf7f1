using Cohort.Platform;
using Cohort.Tests.Support;

namespace Cohort.Tests.Platform;

public sealed class CpuQuotaTests : IDisposable
{
    private const string Version2Mount = "30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate";

    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void AvailableCpus_Here_IsWithinWhatTheMachineHas()
    {
        Assert.InRange(CpuQuota.AvailableCpus(), 1, CpuQuota.AffinityCount());
        Assert.InRange(CpuQuota.AffinityCount(), 1, 1 << 16);
    }

    [Fact(Timeout = 60_000)]
    public async Task AffinityCount_RestrictedChild_IsWhatTasksetSays()
    {
        // The same mask as the kernel prints it: "0-1" or "0,2".
        (_, string status) = await ChildOutput.RunAsync(
            new LaunchRequest { FileName = "grep", Arguments = ["grep", "Cpus_allowed_list", "/proc/self/status"] });
        int count = status.Split('\t')[1].Trim().Split(',').Sum(static range =>
        {
            int[] ends = [.. range.Split('-').Select(static end => int.Parse(end, System.Globalization.CultureInfo.InvariantCulture))];
            return ends[^1] - ends[0] + 1;
        });

        Assert.Equal(count, CpuQuota.AffinityCount());
    }

    [Theory]
    [InlineData("max 100000", 8)]
    [InlineData("200000 100000", 2)]
    [InlineData("150000 100000", 2)]
    [InlineData("10000 100000", 1)]
    [InlineData("9900000 100000", 8)]
    [InlineData("nonsense", 8)]
    [InlineData("100 0", 8)]
    public void AvailableCpus_Version2_IsTheQuotaRoundedUp(string max, int expected)
    {
        Write("proc/self/mountinfo", Version2Mount);
        Write("proc/self/cgroup", "0::/a/b");
        Write("sys/fs/cgroup/a/b/cpu.max", max);

        Assert.Equal(expected, CpuQuota.AvailableCpus(_root.Root, 8));
    }

    [Fact]
    public void AvailableCpus_AncestorIsTighter_Counts()
    {
        Write("proc/self/mountinfo", Version2Mount);
        Write("proc/self/cgroup", "0::/a/b/c");
        Write("sys/fs/cgroup/a/b/c/cpu.max", "600000 100000");
        Write("sys/fs/cgroup/a/cpu.max", "300000 100000");

        Assert.Equal(3, CpuQuota.AvailableCpus(_root.Root, 8));
    }

    [Fact]
    public void AvailableCpus_ContainerSeesItsGroupAsRoot_ReadsTheTop()
    {
        Write("proc/self/mountinfo", Version2Mount);
        Write("proc/self/cgroup", "0::/../outside");
        Write("sys/fs/cgroup/cpu.max", "400000 100000");

        Assert.Equal(4, CpuQuota.AvailableCpus(_root.Root, 8));
    }

    [Theory]
    [InlineData("-1", 8)]
    [InlineData("350000", 4)]
    public void AvailableCpus_Version1BindMounted_StripsTheMountsRoot(string quota, int expected)
    {
        Write(
            "proc/self/mountinfo",
            "41 40 0:36 /docker/x /sys/fs/cgroup/cpu,cpuacct ro,nosuid master:18 - cgroup cgroup rw,cpu,cpuacct\n"
            + "42 40 0:37 /docker/x /sys/fs/cgroup/memory ro,nosuid master:19 - cgroup cgroup rw,memory");
        Write("proc/self/cgroup", "5:memory:/docker/x\n4:cpu,cpuacct:/docker/x/below");
        Write("sys/fs/cgroup/cpu,cpuacct/below/cpu.cfs_quota_us", quota);
        Write("sys/fs/cgroup/cpu,cpuacct/below/cpu.cfs_period_us", "100000");

        Assert.Equal(expected, CpuQuota.AvailableCpus(_root.Root, 8));
    }

    [Fact]
    public void AvailableCpus_NothingMounted_IsTheAffinity() => Assert.Equal(8, CpuQuota.AvailableCpus(_root.Root, 8));

    [Fact]
    public void AvailableCpus_MountPointWithSpace_IsFound()
    {
        Write("proc/self/mountinfo", "30 24 0:26 / /sys/with\\040space rw - cgroup2 cgroup2 rw");
        Write("proc/self/cgroup", "0::/");
        Write("sys/with space/cpu.max", "100000 100000");

        Assert.Equal(1, CpuQuota.AvailableCpus(_root.Root, 8));
    }

    private void Write(string name, string text)
    {
        string path = Path.Combine(_root.Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text + "\n");
    }
}
