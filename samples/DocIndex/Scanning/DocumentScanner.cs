namespace Cohort.Samples.DocIndex.Scanning;

/// <summary>Finds the files below a folder. What cannot be looked into is noted, and the rest is found all the same.</summary>
internal sealed class DocumentScanner
{
    private readonly string _root;
    private readonly List<(string Path, long Length)> _files = [];
    private readonly List<ScanProblem> _problems = [];

    private DocumentScanner(string root) => _root = root;

    /// <summary>Every XML file below a folder.</summary>
    public static DocumentSet ScanFolder(string folder)
    {
        DocumentScanner scanner = new(folder);
        scanner.Descend(folder);
        return scanner.Finish();
    }

    /// <summary>The reference documentation of an installed SDK: <c>packs/*/*/ref/**/*.xml</c>.</summary>
    public static DocumentSet ScanSdk(string sdk)
    {
        DocumentScanner scanner = new(Path.Combine(sdk, "packs"));
        foreach (string pack in scanner.Folders(scanner._root))
        {
            foreach (string version in scanner.Folders(pack))
            {
                string references = Path.Combine(version, "ref");
                if (Directory.Exists(references))
                {
                    scanner.Descend(references);
                }
            }
        }

        return scanner.Finish();
    }

    private void Descend(string folder)
    {
        Attempt(folder, () =>
        {
            foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles())
            {
                if (file.Extension.Equals(".xml", StringComparison.OrdinalIgnoreCase))
                {
                    Attempt(file.FullName, () => _files.Add((file.FullName, LengthOf(file))));
                }
            }
        });
        foreach (string child in Folders(folder))
        {
            Descend(child);
        }
    }

    /// <summary>Folders below a folder, but no links: one that leads upwards would never end.</summary>
    private List<string> Folders(string folder)
    {
        List<string> found = [];
        Attempt(folder, () => found.AddRange(new DirectoryInfo(folder).EnumerateDirectories()
            .Where(static child => child.LinkTarget is null)
            .Select(static child => child.FullName)));
        return found;
    }

    private static long LengthOf(FileInfo file)
    {
        FileSystemInfo target = file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
        return target is FileInfo { Exists: true } real ? real.Length : throw new FileNotFoundException("it is a link that leads nowhere");
    }

    private void Attempt(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_problems.Exists(problem => problem.Path == path))
            {
                _problems.Add(new ScanProblem(path, e.Message));
            }
        }
    }

    private DocumentSet Finish()
    {
        DocumentFile[] files = [.. _files
            .Select(file => (file.Path, Relative: Path.GetRelativePath(_root, file.Path).Replace(Path.DirectorySeparatorChar, '/'), file.Length))
            .OrderBy(static file => file.Relative, StringComparer.Ordinal)
            .Select(static (file, id) => new DocumentFile(id, file.Path, file.Relative, file.Length))];
        return new DocumentSet(_root, files, _problems);
    }
}
