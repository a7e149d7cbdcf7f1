namespace Cohort.Samples.DocIndex.Indexing;

/// <summary>The parts of a documentation id such as <c>M:System.IO.File.Exists(System.String)</c>.</summary>
internal static class MemberId
{
    /// <summary>The full name of the type that the id names or belongs to; empty when there is none.</summary>
    public static ReadOnlySpan<char> TypeOf(ReadOnlySpan<char> id)
    {
        if (id.Length < 2 || id[1] != ':')
        {
            return [];
        }

        ReadOnlySpan<char> name = WithoutParameters(id[2..]);
        return id[0] switch
        {
            'T' => name,
            'M' or 'P' or 'F' or 'E' => name[..Math.Max(0, name.LastIndexOf('.'))],
            _ => [],
        };
    }

    /// <summary>What a reader would search it by: the member and its type, without namespace and parameters.</summary>
    public static ReadOnlySpan<char> ShortName(ReadOnlySpan<char> id)
    {
        ReadOnlySpan<char> name = id.Length > 1 && id[1] == ':' ? WithoutParameters(id[2..]) : id;
        int segments = id.Length > 1 && id[0] is 'M' or 'P' or 'F' or 'E' ? 2 : 1;
        int start = name.Length;
        for (int i = 0; i < segments && start > 0; i++)
        {
            start = name[..start].LastIndexOf('.');
        }

        return name[(start + 1)..];
    }

    private static ReadOnlySpan<char> WithoutParameters(ReadOnlySpan<char> name)
    {
        int end = name.IndexOfAny('(', '~');
        return end < 0 ? name : name[..end];
    }
}
