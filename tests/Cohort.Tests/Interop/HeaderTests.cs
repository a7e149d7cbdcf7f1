using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Cohort.Interop;
using Cohort.Platform;
using Cohort.Tests.Support;

namespace Cohort.Tests.Interop;

/// <summary>
/// Compares what stands in Interop with what the machine's own compiler says of its headers. Not run where there is no
/// compiler; <see cref="LayoutTests"/> always runs.
/// </summary>
public sealed class HeaderTests
{
    private static readonly Dictionary<string, long> s_expected = new()
    {
        ["sizeof(struct timespec)"] = Size<Timespec>(),
        ["sizeof(struct msghdr)"] = Size<MsgHdr>(),
        ["sizeof(struct cmsghdr)"] = Size<CMsgHdr>(),
        ["sizeof(struct iovec)"] = Size<IoVec>(),
        ["sizeof(struct pollfd)"] = Size<PollFd>(),
        ["sizeof(struct ucred)"] = Size<UCred>(),
        ["sizeof(struct passwd)"] = Size<PasswordEntry>(),
        ["offsetof(struct passwd, pw_uid)"] = Marshal.OffsetOf<PasswordEntry>("pw_uid"),
        ["sizeof(struct group)"] = Size<GroupEntry>(),
        ["offsetof(struct group, gr_gid)"] = Marshal.OffsetOf<GroupEntry>("gr_gid"),
        ["sizeof(struct sockaddr_un)"] = Size<SockAddrUn>(),
        ["offsetof(struct sockaddr_un, sun_path)"] = 2,
        ["EFD_CLOEXEC"] = Libc.EFD_CLOEXEC,
        ["EFD_NONBLOCK"] = Libc.EFD_NONBLOCK,
        ["ECONNABORTED"] = Errno.ECONNABORTED,
        ["ECONNREFUSED"] = Errno.ECONNREFUSED,
        ["sizeof(struct rusage)"] = Size<RUsage>(),
        ["sizeof(struct statx)"] = Size<StatX>(),
        ["sizeof(siginfo_t)"] = Size<SigInfo>(),
        ["sizeof(sigset_t)"] = Size<SigSet>(),
        ["sizeof(struct epoll_event)"] = IsArm64 ? Size<EPollEventArm64>() : Size<EPollEventX64>(),
        ["offsetof(struct epoll_event, data)"] = IsArm64 ? 8 : 4,
        ["offsetof(siginfo_t, si_pid)"] = 16,
        ["offsetof(siginfo_t, si_status)"] = 24,
        ["offsetof(struct statx, stx_mode)"] = 28,
        ["offsetof(struct statx, stx_ino)"] = 32,
        ["offsetof(struct statx, stx_size)"] = 40,
        ["offsetof(struct statx, stx_dev_major)"] = 136,
        ["offsetof(struct statx, stx_dev_minor)"] = 140,
        ["CMSG_SPACE(4)"] = CMsgHdr.Space(4),
        ["CMSG_LEN(4)"] = CMsgHdr.Length(4),
        ["(sizeof(posix_spawnattr_t) <= 512)"] = 1,
        ["(sizeof(posix_spawn_file_actions_t) <= 256)"] = 1,
        ["O_NOFOLLOW"] = OpenFlags.O_NOFOLLOW,
        ["O_TMPFILE"] = OpenFlags.O_TMPFILE,
        ["EPERM"] = Errno.EPERM,
        ["ENOENT"] = Errno.ENOENT,
        ["ESRCH"] = Errno.ESRCH,
        ["EINTR"] = Errno.EINTR,
        ["EIO"] = Errno.EIO,
        ["E2BIG"] = Errno.E2BIG,
        ["ENOEXEC"] = Errno.ENOEXEC,
        ["EBADF"] = Errno.EBADF,
        ["ECHILD"] = Errno.ECHILD,
        ["EAGAIN"] = Errno.EAGAIN,
        ["ENOMEM"] = Errno.ENOMEM,
        ["EACCES"] = Errno.EACCES,
        ["EFAULT"] = Errno.EFAULT,
        ["EBUSY"] = Errno.EBUSY,
        ["EEXIST"] = Errno.EEXIST,
        ["ENOTDIR"] = Errno.ENOTDIR,
        ["EISDIR"] = Errno.EISDIR,
        ["EINVAL"] = Errno.EINVAL,
        ["ENFILE"] = Errno.ENFILE,
        ["EMFILE"] = Errno.EMFILE,
        ["ETXTBSY"] = Errno.ETXTBSY,
        ["EFBIG"] = Errno.EFBIG,
        ["ENOSPC"] = Errno.ENOSPC,
        ["EPIPE"] = Errno.EPIPE,
        ["ENAMETOOLONG"] = Errno.ENAMETOOLONG,
        ["ENOSYS"] = Errno.ENOSYS,
        ["ELOOP"] = Errno.ELOOP,
        ["EMSGSIZE"] = Errno.EMSGSIZE,
        ["EOPNOTSUPP"] = Errno.EOPNOTSUPP,
        ["ECONNRESET"] = Errno.ECONNRESET,
        ["ENOBUFS"] = Errno.ENOBUFS,
        ["ENOTCONN"] = Errno.ENOTCONN,
        ["ETOOMANYREFS"] = Errno.ETOOMANYREFS,
        ["ETIMEDOUT"] = Errno.ETIMEDOUT,
        ["SIGHUP"] = Signal.SIGHUP,
        ["SIGINT"] = Signal.SIGINT,
        ["SIGQUIT"] = Signal.SIGQUIT,
        ["SIGILL"] = Signal.SIGILL,
        ["SIGTRAP"] = Signal.SIGTRAP,
        ["SIGABRT"] = Signal.SIGABRT,
        ["SIGBUS"] = Signal.SIGBUS,
        ["SIGFPE"] = Signal.SIGFPE,
        ["SIGKILL"] = Signal.SIGKILL,
        ["SIGUSR1"] = Signal.SIGUSR1,
        ["SIGSEGV"] = Signal.SIGSEGV,
        ["SIGUSR2"] = Signal.SIGUSR2,
        ["SIGPIPE"] = Signal.SIGPIPE,
        ["SIGALRM"] = Signal.SIGALRM,
        ["SIGTERM"] = Signal.SIGTERM,
        ["SIGCHLD"] = Signal.SIGCHLD,
        ["SIGCONT"] = Signal.SIGCONT,
        ["SIGSTOP"] = Signal.SIGSTOP,
        ["SIGTSTP"] = Signal.SIGTSTP,
        ["SIGTTIN"] = Signal.SIGTTIN,
        ["SIGTTOU"] = Signal.SIGTTOU,
        ["SIGXCPU"] = Signal.SIGXCPU,
        ["SIGXFSZ"] = Signal.SIGXFSZ,
        ["SIGSYS"] = Signal.SIGSYS,
    };

    private static bool IsArm64 =>
        System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64;

    [Fact(Timeout = 60_000)]
    public async Task Numbers_AreThoseOfTheHeaders()
    {
        using TemporaryFolder directory = new();
        Dictionary<string, long> expected = new(s_expected);
        foreach (System.Reflection.FieldInfo constant in typeof(Libc).GetFields())
        {
            if (constant.IsLiteral && constant.Name is not ("FUTEX_WAITV_MAX" or "MFD_NAME_MAX"))
            {
                expected[constant.Name] = constant.GetRawConstantValue() is ulong bits
                    ? unchecked((long)bits)
                    : Convert.ToInt64(constant.GetRawConstantValue(), CultureInfo.InvariantCulture);
            }
        }

        string source = Path.Combine(directory.Root, "numbers.c");
        string program = Path.Combine(directory.Root, "numbers");
        await File.WriteAllTextAsync(source, Program(expected.Keys), TestContext.Current.CancellationToken);
        Assert.SkipUnless(File.Exists("/usr/bin/cc") && File.Exists("/usr/include/linux/futex.h"), "no C compiler with headers");
        (ChildExit compiled, string messages) = await ChildOutput.RunAsync(
            new LaunchRequest { FileName = "cc", Arguments = ["cc", "-D_GNU_SOURCE", "-o", program, source] });
        Assert.True(compiled.ExitCode == 0, messages);

        (_, string output) = await ChildOutput.RunAsync(new LaunchRequest { FileName = program, Arguments = [program] });

        Dictionary<string, long> actual = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => line.Split('\t'))
            .ToDictionary(static parts => parts[0], static parts => long.Parse(parts[1], CultureInfo.InvariantCulture));
        Assert.True(actual.Count > 100, output);
        Assert.All(actual, pair => Assert.True(expected[pair.Key] == pair.Value, $"{pair.Key}: {expected[pair.Key]} here, {pair.Value} in the headers"));
    }

    private static unsafe long Size<T>()
        where T : unmanaged => sizeof(T);

    /// <summary>Prints each expression; a name that these headers are too old for is left out.</summary>
    private static string Program(IEnumerable<string> expressions)
    {
        StringBuilder text = new();
        string[] headers =
        [
            "errno.h", "fcntl.h", "grp.h", "poll.h", "pwd.h", "sched.h", "signal.h", "spawn.h", "stddef.h", "stdio.h", "time.h", "unistd.h",
            "sys/epoll.h", "sys/eventfd.h", "sys/mman.h", "sys/prctl.h", "sys/resource.h", "sys/socket.h", "sys/stat.h", "sys/un.h",
            "sys/wait.h",
            "linux/futex.h",
        ];
        foreach (string header in headers)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"#include <{header}>");
        }

        text.AppendLine("int main(void) {");
        foreach (string expression in expressions)
        {
            // Enumerators are no macros, but these headers define each of theirs as a macro too.
            bool isName = expression.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');
            bool isEnumerator = expression is "P_ALL" or "P_PID" or "P_PIDFD" or "CLD_EXITED";
            string print = $"printf(\"%s\\t%lld\\n\", \"{expression}\", (long long)({expression}));";
            text.AppendLine(isName && !isEnumerator ? $"#ifdef {expression}\n{print}\n#endif" : print);
        }

        return text.AppendLine("return 0; }").ToString();
    }
}
