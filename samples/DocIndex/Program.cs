using Cohort.Samples.DocIndex.Display;
using Cohort.Samples.DocIndex.Scanning;
using Spectre.Console;

namespace Cohort.Samples.DocIndex;

internal static class Program
{
    private static int Main(string[] arguments)
    {
        using CancellationTokenSource interrupt = new();
        Console.CancelKeyPress += (_, pressed) =>
        {
            // The first one ends the run in order; the second one ends the program.
            pressed.Cancel = !interrupt.IsCancellationRequested;
            interrupt.Cancel();
        };

        try
        {
            Options options = Options.Parse(arguments);
            if (options.WantsHelp)
            {
                Console.WriteLine(Options.Help);
                return ExitCode.Success;
            }

            return Run(options, interrupt.Token);
        }
        catch (UsageException e)
        {
            return Fail(ExitCode.Usage, $"{e.Message}; --help shows what is");
        }
        catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
        {
            return Fail(ExitCode.Cancelled, "interrupted");
        }
        catch (CohortException e)
        {
            return Fail(ExitCode.Failed, $"the workers could not do their work: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fail(ExitCode.Failed, e.Message);
        }
    }

    private static int Run(Options options, CancellationToken cancellationToken)
    {
        DocumentSet? documents = Scan(options.Folder, out string? problem);
        if (documents is null)
        {
            return Fail(ExitCode.NoInput, problem!);
        }

        foreach (ScanProblem skipped in documents.Problems)
        {
            Skip(skipped);
        }

        if (documents.Files.Count == 0)
        {
            return Fail(ExitCode.NoInput, $"{documents.Root} has no .xml file that can be read; --path names another folder");
        }

        return new Session(options, documents, new Report(Console.Out), ChooseDisplay(), Skip).Run(cancellationToken);
    }

    private static DocumentSet? Scan(string? folder, out string? problem)
    {
        problem = null;
        if (folder is null)
        {
            if (SdkLocator.Find() is { } sdk)
            {
                return DocumentScanner.ScanSdk(sdk);
            }

            problem = "no installed SDK was found (a folder with 'packs' beside the running 'dotnet'); --path names a folder";
            return null;
        }

        string full = Path.GetFullPath(folder);
        problem = File.Exists(full) ? $"{full} is a file; --path takes a folder"
            : !Directory.Exists(full) ? $"{full} does not exist"
            : null;
        return problem is null ? DocumentScanner.ScanFolder(full) : null;
    }

    private static IProgressDisplay ChooseDisplay() =>
        Console.IsOutputRedirected ? new LineProgress(Console.Out) : new BarProgress(AnsiConsole.Console);

    private static void Skip(ScanProblem skipped) => Console.Error.WriteLine($"docindex: skipped {skipped.Path}: {skipped.Reason}");

    private static int Fail(int exitCode, string message)
    {
        Console.Error.WriteLine($"docindex: {message}");
        return exitCode;
    }
}
