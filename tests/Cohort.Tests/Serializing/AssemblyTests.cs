using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Cohort.Serializing;
using Cohort.Serializing.Python;
using Cohort.Serializing.Python.Conversion;

namespace Cohort.Tests.Serializing;

/// <summary>Types from assemblies that are not on the default load path, and from ones that can be unloaded.</summary>
public sealed class AssemblyTests
{
    [Fact]
    public void Types_of_a_collectible_assembly_come_back_and_do_not_keep_it_alive() => AssertDies(UseCollectible());

    [Fact]
    public void Types_of_a_collectible_assembly_in_messages_of_Python_do_not_keep_it_alive() => AssertDies(UseCollectibleInPython());

    [Fact]
    public void An_assembly_off_the_load_path_is_sent_with_its_location()
    {
        string path = Path.Combine(Path.GetTempPath(), $"cohort-{Guid.NewGuid():N}.dll");
        byte[] image = MakeAssembly("OffPath" + Guid.NewGuid().ToString("N"));
        File.WriteAllBytes(path, image);
        try
        {
            AssemblyLoadContext elsewhere = new("elsewhere", isCollectible: false);
            Type type = elsewhere.LoadFromAssemblyPath(path).GetType("Made")!;
            AssemblyIdentity identity = AssemblyIdentity.Of(type.Assembly);
            Assert.Equal(path, identity.Location);
            Assert.Equal("", AssemblyIdentity.Of(typeof(AssemblyTests).Assembly).Location);
            Assert.Same(type, RoundTrip.Boxed(Activator.CreateInstance(type)!).GetType());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void An_assembly_is_found_by_its_path_when_its_name_is_unknown_and_a_missing_one_is_named()
    {
        string name = "ByPath" + Guid.NewGuid().ToString("N");
        string path = Path.Combine(Path.GetTempPath(), name + ".dll");
        File.WriteAllBytes(path, MakeAssembly(name));
        try
        {
            AssemblyName full = AssemblyName.GetAssemblyName(path);
            using PEReader image = new(File.OpenRead(path));
            MetadataReader metadata = image.GetMetadataReader();
            Guid mvid = metadata.GetGuid(metadata.GetModuleDefinition().Mvid);
            Assert.Equal(path, AssemblyIdentity.Resolve(full.FullName, mvid, path).Location);
            PickleException other = Assert.Throws<PickleException>(() => AssemblyIdentity.Resolve(full.FullName, Guid.Empty, path));
            Assert.Contains("same build", other.Message, StringComparison.Ordinal);
            PickleException missing = Assert.Throws<PickleException>(() => AssemblyIdentity.Resolve("Nowhere, Version=1.0.0.0", mvid, "/nowhere.dll"));
            Assert.Contains("Nowhere", missing.Message, StringComparison.Ordinal);
            Assert.Contains("/nowhere.dll", missing.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void AssertDies(WeakReference context)
    {
        for (int i = 0; context.IsAlive && i < 20; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(context.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference UseCollectibleInPython()
    {
        AssemblyLoadContext context = new("collectible for Python", isCollectible: true);
        Type type = context.LoadFromStream(new MemoryStream(MakeAssembly("CollectibleForPython"))).GetType("Made")!;
        Type list = typeof(List<>).MakeGenericType(type);
        object? read = PythonPickle.Loads(PythonPickle.Dumps(Activator.CreateInstance(list)));
        for (int i = 0; i < 2; i++)
        {
            Assert.IsType(list, new PythonConversion(isPython2: false).Convert(read, list));
        }

        context.Unload();
        return new WeakReference(context);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference UseCollectible()
    {
        AssemblyLoadContext context = new("collectible", isCollectible: true);
        Type type = context.LoadFromStream(new MemoryStream(MakeAssembly("Collectible"))).GetType("Made")!;
        FieldInfo field = type.GetField("Number")!;
        for (int i = 0; i < 5; i++)
        {
            object value = Activator.CreateInstance(type)!;
            field.SetValue(value, i);
            object[] copy = RoundTrip.Of(new[] { value, value });
            Assert.Same(copy[0], copy[1]);
            Assert.Equal(i, field.GetValue(copy[0]));
        }

        context.Unload();
        return new WeakReference(context);
    }

    /// <summary>An assembly with one class <c>Made</c> that has a public field <c>Number</c>.</summary>
    private static byte[] MakeAssembly(string name)
    {
        System.Reflection.Emit.PersistedAssemblyBuilder builder = new(new AssemblyName(name), typeof(object).Assembly);
        System.Reflection.Emit.TypeBuilder type = builder.DefineDynamicModule(name).DefineType("Made", TypeAttributes.Public);
        type.DefineField("Number", typeof(int), FieldAttributes.Public);
        type.DefineDefaultConstructor(MethodAttributes.Public);
        type.CreateType();
        using MemoryStream image = new();
        builder.Save(image);
        return image.ToArray();
    }
}
