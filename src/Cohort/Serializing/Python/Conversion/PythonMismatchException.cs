using System.Text;

namespace Cohort.Serializing.Python.Conversion;

/// <summary>A value from Python is not of the type that was asked for. The way to it grows while this passes through containers.</summary>
internal sealed class PythonMismatchException(string reason) : Exception(reason)
{
    private readonly List<string> _path = [];

    public override string Message
    {
        get
        {
            if (_path.Count == 0)
            {
                return base.Message;
            }

            StringBuilder message = new();
            for (int i = _path.Count - 1; i >= 0; i--)
            {
                message.Append(_path[i]);
            }

            return message.Append(": ").Append(base.Message).ToString();
        }
    }

    public PythonMismatchException In(string container)
    {
        _path.Add(container);
        return this;
    }
}
