using System.Text;
using Cohort.Samples.DocIndex.Indexing;

namespace Cohort.Samples.DocIndex.Merging;

/// <summary>What stands out in an index.</summary>
internal static class IndexStatistics
{
    /// <summary>Words of grammar: the most frequent ones in any text, and no news about this one.</summary>
    private static readonly HashSet<string> s_grammar = new(
        """
        a about after all also an and any are as at be been before being but by can cannot does each either else for from
        given has have if in into is it its may more must no not of on one only or other over same should so such than
        that the their them then there these they this those to two use used using was were what when where whether which
        while who will with within without would you your
        """.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries),
        StringComparer.Ordinal);

    public static bool IsGrammar(string word) => s_grammar.Contains(word);

    public static IReadOnlyList<(string Word, long Count)> TopWords(WordIndex index, int count) => [.. index.Terms
        .Where(static word => word.Length > 1 && !IsGrammar(word))
        .Select(word => (Word: word, Count: index.CountOf(word)))
        .OrderByDescending(static word => word.Count).ThenBy(static word => word.Word, StringComparer.Ordinal)
        .Take(count)];

    public static IReadOnlyList<TypeSize> LargestTypes(WordIndex index, int count)
    {
        Dictionary<(string Name, int File), (int Members, long Words)> perFile = [];
        foreach (IndexedPiece part in index.Parts)
        {
            AddTypes(perFile, part);
        }

        // Packs repeat what they are built on: the same type in files of the same name is one type.
        return [.. perFile
            .GroupBy(type => (type.Key.Name, Assembly: Path.GetFileNameWithoutExtension(index.Documents.Files[type.Key.File].RelativePath)))
            .Select(static copies => new TypeSize(
                copies.Key.Name,
                copies.Key.Assembly,
                copies.Max(static copy => copy.Value.Members),
                copies.Max(static copy => copy.Value.Words),
                copies.Count()))
            .OrderByDescending(static size => size.Members)
            .ThenByDescending(static size => size.Words)
            .ThenBy(static size => size.Name, StringComparer.Ordinal)
            .ThenBy(static size => size.Assembly, StringComparer.Ordinal)
            .Take(count)];
    }

    public static long WordCount(WordIndex index) =>
        index.Parts.Sum(static part => part.Part.MemberLengths.Sum(static words => (long)words));

    private static void AddTypes(Dictionary<(string, int), (int Members, long Words)> perFile, IndexedPiece indexed)
    {
        FilePart part = indexed.Part;
        int[] members = new int[part.Types.Count];
        long[] words = new long[part.Types.Count];
        for (int member = 0; member < part.MemberTypes.Length; member++)
        {
            if (part.MemberTypes[member] is >= 0 and int type)
            {
                members[type]++;
                words[type] += part.MemberLengths[member];
            }
        }

        for (int type = 0; type < members.Length; type++)
        {
            (string, int) key = (Encoding.UTF8.GetString(part.Types[type]), indexed.Piece.File.Id);
            (int knownMembers, long knownWords) = perFile.GetValueOrDefault(key);
            perFile[key] = (knownMembers + members[type], knownWords + words[type]);
        }
    }
}
