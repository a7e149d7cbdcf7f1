using System.Reflection;
using System.Runtime.CompilerServices;

namespace Cohort.Serializing;

/// <summary>
/// An assembly as messages name it: full name, module version id, and the file when a process would not find it by name.
/// </summary>
internal sealed class AssemblyIdentity
{
    private static readonly ConditionalWeakTable<Assembly, AssemblyIdentity> s_known = [];
    private static readonly Lock s_gate = new();

    /// <summary>Replaced as a whole: there are few, and a new worker has not the time to load a concurrent dictionary.</summary>
    private static Dictionary<string, Assembly> s_resolved = [];

    private AssemblyIdentity(Assembly assembly)
    {
        if (assembly.IsDynamic)
        {
            throw new PickleException(
                $"a type of the dynamic assembly {assembly.GetName().Name} cannot cross processes, it exists only in this one");
        }

        FullName = assembly.FullName!;
        Mvid = assembly.ManifestModule.ModuleVersionId;
        Location = IsOnDefaultPath(assembly.Location) ? "" : assembly.Location;
    }

    public string FullName { get; }

    public Guid Mvid { get; }

    public string Location { get; }

    public static AssemblyIdentity Of(Assembly assembly) => s_known.GetValue(assembly, static x => new AssemblyIdentity(x));

    public void Write(PickleWriter writer)
    {
        writer.WriteString(FullName);
        writer.WriteGuid(Mvid);
        writer.WriteString(Location);
    }

    public static Assembly Read(PickleReader reader)
    {
        string fullName = reader.ReadString() ?? "";
        Guid mvid = reader.ReadGuid();
        return Resolve(fullName, mvid, reader.ReadString() ?? "");
    }

    public static Assembly Resolve(string fullName, Guid mvid, string location)
    {
        if (Volatile.Read(ref s_resolved).TryGetValue(fullName, out Assembly? assembly) && assembly.ManifestModule.ModuleVersionId == mvid)
        {
            return assembly;
        }

        assembly = FindLoaded(fullName, mvid) ?? Load(fullName, location);
        Guid ours = assembly.ManifestModule.ModuleVersionId;
        if (ours != mvid)
        {
            throw new PickleException(
                $"Both sides must run the same build: assembly {assembly.GetName().Name} has module version id {ours} here and {mvid} at the sender.");
        }

        if (!assembly.IsCollectible)
        {
            lock (s_gate)
            {
                Volatile.Write(ref s_resolved, new(s_resolved) { [fullName] = assembly });
            }
        }

        return assembly;
    }

    private static Assembly? FindLoaded(string fullName, Guid mvid)
    {
        foreach (Assembly assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            if (!assembly.IsDynamic && assembly.FullName == fullName && assembly.ManifestModule.ModuleVersionId == mvid)
            {
                return assembly;
            }
        }

        return null;
    }

    private static Assembly Load(string fullName, string location)
    {
        try
        {
            return Assembly.Load(new AssemblyName(fullName));
        }
        catch (Exception exception) when (exception is IOException or BadImageFormatException or ArgumentException)
        {
            if (location.Length > 0 && File.Exists(location))
            {
                return Assembly.LoadFrom(location);
            }

            throw new PickleException(
                $"The assembly {fullName} cannot be loaded here, neither by its name nor from '{location}': {exception.Message}", exception);
        }
    }

    private static bool IsOnDefaultPath(string location)
    {
        if (location.Length == 0)
        {
            return true;
        }

        return AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") is string trusted
            && trusted.Contains(location, StringComparison.Ordinal);
    }
}
