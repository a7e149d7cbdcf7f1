using Cohort.Tests.Support;

namespace Cohort.Tests.Docs;

/// <summary>Where the compiled examples of the documents stand, with the library beside them, for one test run.</summary>
public sealed class ExampleFolder : IDisposable
{
    private const string RuntimeConfig =
        """{ "runtimeOptions": { "tfm": "net10.0", "framework": { "name": "Microsoft.NETCore.App", "version": "10.0.0" } } }""";

    private readonly TemporaryFolder _folder = new();
    private readonly string _library;
    private int _compiled;

    public ExampleFolder()
    {
        string built = Path.Combine(AppContext.BaseDirectory, "Cohort.dll");
        _library = _folder.PathOf("Cohort.dll");
        File.Copy(built, _library);
    }

    /// <summary>Compiles an example into a program, and gives its file, ready for <c>dotnet FILE</c>.</summary>
    internal string Compile(DocumentExample example)
    {
        string name = $"Example{++_compiled}";
        string program = _folder.PathOf(name + ".dll");
        File.WriteAllBytes(program, Compiled.Program(name, example.Code, example.Name, _library));
        File.WriteAllText(_folder.PathOf(name + ".runtimeconfig.json"), RuntimeConfig);
        return program;
    }

    public void Dispose() => _folder.Dispose();
}
