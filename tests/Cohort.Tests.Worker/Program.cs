// The child executable of crash and launch tests: the first argument names a behaviour, the rest are its arguments.
namespace Cohort.Tests.Worker;

internal static class Program
{
    private static int Main(string[] args)
    {
        if (args.Length == 0)
        {
            Console.Error.WriteLine("usage: Cohort.Tests.Worker BEHAVIOUR [ARGUMENT...]");
            return 64;
        }

        return Behaviours.Run(args[0], args[1..]);
    }
}
