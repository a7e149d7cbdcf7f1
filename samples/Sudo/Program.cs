// Runs a command by sudo without a terminal: the password comes from a variable and goes in by standard input.
using Cohort;
using Cohort.Subprocesses;

const string PasswordVariable = "SAMPLE_PASSWORD";

if (args.Length == 0 || Environment.GetEnvironmentVariable(PasswordVariable) is not { Length: > 0 } password)
{
    Console.Error.WriteLine($"usage: {PasswordVariable}=... Sudo COMMAND [ARGUMENT...]");
    return 2;
}

// -S reads the password from standard input; -k asks even when sudo remembers one; -p "" prints no prompt. No shell is
// between: the words reach the command as they are.
CompletedSubprocess result = await Subprocess.RunAsync(["sudo", "-S", "-k", "-p", "", "--", .. args], new()
{
    StandardInput = Redirect.Text($"{password}\n"),
    CaptureOutput = true,
    Environment = new Dictionary<string, string?> { [PasswordVariable] = null },
});

Console.Write(result.Output);
Console.Error.Write(result.ErrorOutput);
return result.ReturnCode < 0 ? 128 - result.ReturnCode : result.ReturnCode;
