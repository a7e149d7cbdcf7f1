namespace Cohort.Interop;

/// <summary>
/// The C library, one function family a file. Numbers are those of Linux's own headers (the runtime's shim,
/// System.Native, uses values of its own); what differs between CPUs stands in <see cref="Syscalls"/> and its kin.
/// </summary>
internal static partial class Libc
{
    private const string Library = "libc";
}
