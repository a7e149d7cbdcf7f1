namespace Cohort.Workers;

/// <summary>Prints what ended a worker, as its last words on standard error.</summary>
internal static class RemoteTraceback
{
    public static void Print(Exception exception)
    {
        try
        {
            Console.Error.WriteLine($"Worker {CurrentProcess.Name}#{Environment.ProcessId} failed:{Environment.NewLine}{exception}");
            Console.Error.Flush();
        }
        catch (Exception broken) when (broken is not OutOfMemoryException)
        {
            // Standard error is closed, the job put a broken writer in its place, or the exception's own text fails: the
            // exit code still tells.
        }
    }
}
