using System.Reflection;

namespace Cohort.Serializing;

/// <summary>An assembly by name and module version id.</summary>
internal sealed class AssemblySurrogate : Surrogate<Assembly>
{
    protected override void Write(PickleWriter writer, Assembly value) => AssemblyIdentity.Of(value).Write(writer);

    protected override Assembly Read(PickleReader reader, int id) => AssemblyIdentity.Read(reader);
}
