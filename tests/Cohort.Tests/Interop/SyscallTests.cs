using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Cohort.Interop;

namespace Cohort.Tests.Interop;

public sealed class SyscallTests
{
    private static readonly Dictionary<string, (int X64, int Arm64)> s_known = new()
    {
        ["SYS_clone"] = (56, 220),
        ["SYS_fork"] = (57, -1),
        ["SYS_vfork"] = (58, -1),
        ["SYS_seccomp"] = (317, 277),
        ["SYS_clone3"] = (435, 435),
        ["SYS_futex"] = (202, 98),
        ["SYS_setgroups"] = (116, 159),
        ["SYS_setresuid"] = (117, 147),
        ["SYS_setresgid"] = (119, 149),
        ["SYS_waitid"] = (247, 95),
        ["SYS_memfd_create"] = (319, 279),
        ["SYS_statx"] = (332, 291),
        ["SYS_pidfd_send_signal"] = (424, 424),
        ["SYS_pidfd_open"] = (434, 434),
        ["SYS_close_range"] = (436, 436),
        ["SYS_futex_waitv"] = (449, 449),
    };

    [Fact]
    public void Tables_HaveTheKernelsNumbers()
    {
        Assert.Equal(s_known.ToDictionary(static p => p.Key, static p => p.Value.X64), Constants(typeof(SyscallsX64)));
        Assert.Equal(s_known.ToDictionary(static p => p.Key, static p => p.Value.Arm64), Constants(typeof(SyscallsArm64)));
    }

    [Fact]
    public void Syscalls_AreThoseOfThisCpu()
    {
        Type table = RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? typeof(SyscallsArm64) : typeof(SyscallsX64);
        Dictionary<string, int> chosen = typeof(Syscalls)
            .GetProperties(BindingFlags.Public | BindingFlags.Static)
            .ToDictionary(static property => property.Name, static property => (int)property.GetValue(null)!);

        Assert.Equal(Constants(table), chosen);
    }

    [Theory]
    [InlineData("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", typeof(SyscallsX64))]
    [InlineData("/usr/include/asm-generic/unistd.h", typeof(SyscallsArm64))]
    public void Tables_AgreeWithTheHeadersHere(string header, Type table)
    {
        Assert.SkipUnless(File.Exists(header), $"{header} is not installed");
        Dictionary<string, int> defined = [];
        foreach (string line in File.ReadLines(header))
        {
            string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words is ["#define", { } name, { } number, ..]
                && int.TryParse(number, CultureInfo.InvariantCulture, out int value))
            {
                defined[name.Replace("__NR3264_", "__NR_", StringComparison.Ordinal)] = value;
            }
        }

        // Headers older than the call do not have it.
        Assert.All(
            Constants(table).Where(constant => defined.ContainsKey("__NR_" + constant.Key[4..])),
            constant => Assert.Equal(defined["__NR_" + constant.Key[4..]], constant.Value));
        Assert.Contains("__NR_futex", defined.Keys);
    }

    private static Dictionary<string, int> Constants(Type table) => table
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .ToDictionary(static field => field.Name, static field => (int)field.GetRawConstantValue()!);
}
