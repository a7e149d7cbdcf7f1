using System.Reflection;

namespace Cohort.Serializing;

/// <summary>The module of an assembly.</summary>
internal sealed class ModuleSurrogate : Surrogate<Module>
{
    protected override void Write(PickleWriter writer, Module value) => AssemblyIdentity.Of(value.Assembly).Write(writer);

    protected override Module Read(PickleReader reader, int id) => AssemblyIdentity.Read(reader).ManifestModule;
}
