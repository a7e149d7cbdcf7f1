using Cohort.Subprocesses;
using Cohort.Tests.Support;

namespace Cohort.Tests.Samples;

/// <summary>samples/Sudo with a stand-in for sudo, which reads a password from standard input as <c>sudo -S</c> does.</summary>
public sealed class SudoSampleTests : IDisposable
{
    private const string StandIn = """
        #!/bin/sh
        [ "$1 $2 $3 $5" = "-S -k -p --" ] && [ -z "$4" ] || { echo "other options: $*" >&2; exit 64; }
        [ -z "$SAMPLE_PASSWORD" ] || { echo "the password is in the environment" >&2; exit 64; }
        shift 5
        read -r password
        [ "$password" = 'right $HOME "one"' ] || { echo "Sorry, try again." >&2; exit 1; }
        exec "$@"
        """;

    private static readonly string s_assembly = BuiltProgram.PathOf("samples/Sudo", "Sudo");

    private readonly TemporaryFolder _folder = new();

    public SudoSampleTests()
    {
        string path = _folder.PathOf("sudo");
        File.WriteAllText(path, StandIn + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    public void Dispose() => _folder.Dispose();

    [Fact(Timeout = 60_000)]
    public async Task The_right_password_runs_the_command_with_its_words_as_they_are()
    {
        CompletedSubprocess run = await RunAsync("right $HOME \"one\"", "printf", "<%s>", "a b", "$HOME", "--help");
        Assert.Equal(("<a b><$HOME><--help>", "", 0), (run.Output, run.ErrorOutput, run.ReturnCode));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_wrong_password_and_a_failing_command_give_their_code()
    {
        CompletedSubprocess wrong = await RunAsync("wrong", "true");
        Assert.Equal(("Sorry, try again.\n", 1), (wrong.ErrorOutput, wrong.ReturnCode));
        Assert.Equal(9, (await RunAsync("right $HOME \"one\"", "sh", "-c", "exit 9")).ReturnCode);
        Assert.Equal(2, (await RunAsync("", "true")).ReturnCode);
    }

    private Task<CompletedSubprocess> RunAsync(string password, params string[] command) =>
        Subprocess.RunAsync([ProgramRun.Dotnet, s_assembly, .. command], new()
        {
            CaptureOutput = true,
            StandardInput = Redirect.Null,
            Environment = new Dictionary<string, string?>
            {
                ["SAMPLE_PASSWORD"] = password,
                ["PATH"] = $"{_folder.PathOf("")}:{Environment.GetEnvironmentVariable("PATH")}",
            },
        }, timeout: Watchdog.Limit).Watched();
}
