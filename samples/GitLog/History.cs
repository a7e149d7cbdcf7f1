using Cohort.Subprocesses;

namespace Cohort.Samples.GitLog;

/// <summary>The commits of a repository, each as soon as git has written it.</summary>
internal static class History
{
    /// <exception cref="InvalidDataException">git failed; has what it said.</exception>
    public static async IAsyncEnumerable<Commit> ReadAsync(string folder)
    {
        List<string> errors = [];
        SubprocessOptions options = new()
        {
            StandardOutput = Redirect.Pipe,
            StandardError = Redirect.ToLines(errors.Add),
            Environment = new Dictionary<string, string?> { ["LC_ALL"] = "C", ["GIT_PAGER"] = "cat" },
        };

        // Whoever stops early leaves this block: git meets a broken pipe, or is terminated.
        await using Subprocess git = Subprocess.Start(["git", "-C", folder, "log", $"--format={Commit.Format}", "--numstat"], options);
        Commit? current = null;
        await foreach (string line in git.OutputLines())
        {
            if (Commit.Begin(line) is not { } next)
            {
                current?.AddFile(line);
                continue;
            }

            if (current is not null)
            {
                yield return current;
            }

            current = next;
        }

        if (await git.WaitAsync() != 0)
        {
            throw new InvalidDataException($"git cannot read the history of {folder}: {string.Join(' ', errors)}");
        }

        if (current is not null)
        {
            yield return current;
        }
    }
}
