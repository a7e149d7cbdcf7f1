using Cohort.Serializing;

namespace Cohort.Pools;

/// <summary>A function that a worker was told of. It is made when it is first needed.</summary>
/// <param name="definition">A message of its own, with its own tables of types and references.</param>
internal sealed class DefinedFunction(byte[] definition)
{
    private byte[]? _definition = definition;
    private PoolFunction? _function;

    public PoolFunction Make(PickleReader reader)
    {
        if (_function is null)
        {
            _function = Decode(_definition, reader);
            _definition = null;
        }

        return _function;
    }

    /// <summary>The function, or one that answers each task that calls it with why it cannot be called here.</summary>
    public static unsafe PoolFunction Decode(ReadOnlySpan<byte> definition, PickleReader reader)
    {
        fixed (byte* start = definition)
        {
            try
            {
                reader.Reset(start, definition.Length);
                return PoolFunction.Decode(reader);
            }
            catch (Exception exception)
            {
                return new BrokenFunction(exception);
            }
            finally
            {
                reader.Clear();
            }
        }
    }
}
