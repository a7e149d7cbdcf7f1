namespace Cohort.Serializing;

/// <summary>The names of types that mean nothing in another process, nearly all the framework's, and what to use instead.</summary>
/// <remarks>
/// This file is compiled into the analyzers as well, so that what they warn of is what is refused at run time. Types that
/// are derived from one of these are refused as it is.
/// </remarks>
internal static class RefusedNames
{
    /// <summary>What is said where there is nothing to use instead.</summary>
    public const string Plain = "cannot cross processes";

    /// <summary>The end of a sentence that starts with the type's name; null for types that are not in the table.</summary>
    /// <param name="name">The full name as reflection gives it, of the definition where the type is generic.</param>
    public static string? Reason(string name) => name switch
    {
        "System.Threading.SemaphoreSlim" or "System.Threading.Semaphore" => Instead("InterprocessSemaphore"),
        "System.Threading.Lock" or "System.Threading.Mutex" or "System.Threading.SpinLock"
            or "System.Threading.ReaderWriterLockSlim" or "System.Threading.ReaderWriterLock" => Instead("InterprocessLock"),
        "System.Threading.ManualResetEventSlim" or "System.Threading.EventWaitHandle" => Instead("InterprocessEvent"),
        "System.Threading.CountdownEvent" => Instead("InterprocessCondition"),
        "System.Threading.Barrier" => Instead("InterprocessBarrier"),
        "System.Collections.Concurrent.BlockingCollection`1" or "System.Threading.Channels.Channel`2"
            or "System.Threading.Channels.ChannelReader`1" or "System.Threading.Channels.ChannelWriter`1" =>
            $"{Plain}; use Cohort.Messaging.InterprocessQueue",
        "System.Threading.Tasks.Task" or "System.Threading.Tasks.ValueTask" or "System.Threading.Tasks.ValueTask`1" =>
            $"{Plain}; await it and send its result",
        "Cohort.Pools.PoolBase" =>
            $"{Plain}; a pool belongs to the process that made it: submit to it there, or make a pool inside the function",
        "System.Threading.CancellationTokenSource" or "System.Threading.CancellationTokenRegistration" =>
            $"{Plain}; pass the token to the call that starts the work",
        "System.IO.FileStream" => $"{Plain}; send its SafeFileHandle",
        "System.Net.Sockets.NetworkStream" => $"{Plain}; send its Socket",
        "System.Net.Sockets.Socket" => $"{Plain}; what is derived from a Socket has a state of its own",
        "System.IO.MemoryMappedFiles.MemoryMappedFile" => $"{Plain}; use Cohort.Sharing.SharedMemory",
        "System.IntPtr" or "System.UIntPtr" => $"{Plain}; an address means nothing in another process",
        "System.RuntimeTypeHandle" or "System.RuntimeMethodHandle" or "System.RuntimeFieldHandle" or "System.ModuleHandle" =>
            $"{Plain}; send the Type or the MethodInfo",
        "System.Threading.Thread" or "System.Threading.WaitHandle" or "System.Threading.Timer" or "System.Timers.Timer"
            or "System.Threading.PeriodicTimer" or "System.Threading.ThreadLocal`1" or "System.Threading.AsyncLocal`1"
            or "System.Threading.ExecutionContext" or "System.Threading.SynchronizationContext"
            or "System.Threading.Tasks.TaskScheduler" or "System.Threading.RegisteredWaitHandle"
            or "System.IO.Stream" or "System.IO.FileSystemWatcher"
            or "System.WeakReference" or "System.WeakReference`1"
            or "System.Runtime.InteropServices.SafeHandle" or "System.Runtime.InteropServices.CriticalHandle"
            or "System.Runtime.InteropServices.GCHandle" or "System.Runtime.InteropServices.GCHandle`1"
            or "System.Runtime.InteropServices.PinnedGCHandle`1" or "System.Runtime.InteropServices.WeakGCHandle`1"
            or "System.Runtime.DependentHandle" or "System.Runtime.CompilerServices.ConditionalWeakTable`2"
            or "System.Reflection.Pointer" or "System.Reflection.Emit.ILGenerator" or "System.Reflection.Emit.DynamicMethod"
            or "System.Runtime.Loader.AssemblyLoadContext" or "System.AppDomain"
            or "System.Net.Http.HttpMessageInvoker" or "System.Net.Http.HttpMessageHandler"
            or "System.Diagnostics.Process" or "System.Data.Common.DbConnection" or "System.Data.Common.DbCommand"
            or "System.Data.Common.DbDataReader" or "System.Data.Common.DbTransaction"
            or "System.Security.Cryptography.X509Certificates.X509Certificate" => Plain,
        "System.Collections.Immutable.ImmutableDictionary`2+Builder" or "System.Collections.Immutable.ImmutableHashSet`1+Builder" =>
            $"{Plain}; send what ToImmutable gives",
        _ => null,
    };

    private static string Instead(string name) => $"{Plain}; use Cohort.Synchronizing.{name}";
}
