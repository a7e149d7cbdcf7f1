using System.Xml;
using Cohort.Samples.DocIndex.Scanning;

namespace Cohort.Samples.DocIndex.Indexing;

/// <summary>
/// Parses a documentation file, or a piece of one, and indexes it: the function that runs in the workers. What is wrong with a file is
/// part of its answer, so that one bad file does not cost the others.
/// </summary>
internal sealed class FileIndexer
{
    private static readonly XmlReaderSettings s_settings = new() { IgnoreComments = true, IgnoreProcessingInstructions = true };

    /// <summary>Kept from file to file: buffers and vocabulary are warm after the first one.</summary>
    [ThreadStatic]
    private static FileIndexer? t_indexer;

    private readonly PieceSource _source = new();
    private readonly PartBuilder _part = new();
    private readonly Tokenizer _words;
    private readonly char[] _text = new char[4096];

    private FileIndexer() => _words = new Tokenizer(_part);

    public static FilePart Index(Piece piece)
    {
        // A queue or device in the folder has no length either, and opening one could wait for ever.
        if (piece.File.Length == 0)
        {
            return FilePart.Failed(piece.Id, "it is empty");
        }

        try
        {
            return (t_indexer ??= new FileIndexer()).IndexPiece(piece);
        }
        catch (XmlException e)
        {
            return FilePart.Failed(piece.Id, $"it is not well-formed: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return FilePart.Failed(piece.Id, $"it cannot be read: {e.Message}");
        }
    }

    private FilePart IndexPiece(Piece piece)
    {
        using Stream stream = _source.Open(piece);
        using XmlReader reader = XmlReader.Create(stream, s_settings);
        _part.Begin();
        while (reader.Read())
        {
            if (reader.NodeType == XmlNodeType.Element && reader.LocalName == "member" && reader.GetAttribute("name") is { } id)
            {
                IndexMember(reader, id);
            }
        }

        return _part.Build(piece.Id);
    }

    /// <summary>Leaves the reader on the member's last node.</summary>
    private void IndexMember(XmlReader reader, string id)
    {
        _part.BeginMember(id);
        AddWords(MemberId.ShortName(id), WordKind.Name);
        if (!reader.IsEmptyElement)
        {
            int depth = reader.Depth;
            while (reader.Read() && reader.Depth > depth)
            {
                switch (reader.NodeType)
                {
                    case XmlNodeType.Element:
                        IndexReferences(reader);
                        break;
                    case XmlNodeType.Text or XmlNodeType.CDATA:
                        IndexText(reader);
                        break;
                }
            }
        }

        _part.EndMember();
    }

    private void IndexText(XmlReader reader)
    {
        _part.Kind = WordKind.Prose;
        int length;
        while ((length = reader.ReadValueChunk(_text, 0, _text.Length)) > 0)
        {
            _words.Add(_text.AsSpan(0, length));
        }

        _words.End();
    }

    private void IndexReferences(XmlReader reader)
    {
        while (reader.MoveToNextAttribute())
        {
            if (reader.LocalName is "cref" or "name" or "langword")
            {
                AddWords(MemberId.ShortName(reader.Value), WordKind.Reference);
            }
        }

        reader.MoveToElement();
    }

    private void AddWords(ReadOnlySpan<char> text, WordKind kind)
    {
        _part.Kind = kind;
        _words.Add(text);
        _words.End();
    }
}
