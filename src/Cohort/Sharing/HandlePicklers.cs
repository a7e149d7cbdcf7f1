using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cohort.Serializing;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Sharing;

/// <summary>Makes handles and sockets of the framework travel: what arrives is a duplicate, and the sender's stays open.</summary>
internal static class HandlePicklers
{
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The codec below may not know this layer, and has to find it in every process.")]
    internal static void Register() => Picklers.OfFramework = Find;

    /// <summary>The descriptor without its owner.</summary>
    public static nint Release(SafeHandle handle)
    {
        nint descriptor = handle.DangerousGetHandle();
        handle.SetHandleAsInvalid();
        return descriptor;
    }

    private static Func<object>? Find(string typeName) => typeName switch
    {
        "Microsoft.Win32.SafeHandles.SafeFileHandle" => MakeForFiles,
        "Microsoft.Win32.SafeHandles.SafePipeHandle" => MakeForPipes,
        "System.Net.Sockets.SafeSocketHandle" => MakeForSocketHandles,
        "System.Net.Sockets.Socket" => MakeForSockets,
        _ => null,
    };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static object MakeForFiles() => new HandlePickler<SafeFileHandle>(static handle => new(handle, true));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static object MakeForPipes() => new HandlePickler<SafePipeHandle>(static handle => new(handle, true));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static object MakeForSocketHandles() => new HandlePickler<System.Net.Sockets.SafeSocketHandle>(static handle => new(handle, true));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static object MakeForSockets() => new SocketPickler();
}
