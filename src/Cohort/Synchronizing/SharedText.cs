using System.Text;

namespace Cohort.Synchronizing;

/// <summary>Arrays of bytes as text that ends with the first zero byte (Python: <c>Array('c', ...)</c> and its <c>value</c>).</summary>
public static class SharedText
{
    /// <summary>The text up to the first zero byte, or all of it.</summary>
    /// <param name="array">The bytes.</param>
    /// <param name="encoding">How they are text; null for UTF-8.</param>
    /// <exception cref="ObjectDisposedException">The array was disposed.</exception>
    public static string ReadText(this SharedArray<byte> array, Encoding? encoding = null)
    {
        ArgumentNullException.ThrowIfNull(array);
        byte[] bytes = array.ToArray();
        int end = Array.IndexOf(bytes, (byte)0);
        return (encoding ?? Encoding.UTF8).GetString(bytes, 0, end < 0 ? bytes.Length : end);
    }

    /// <summary>Puts a text there, with a zero byte behind it if there is room; what the array held behind that stays.</summary>
    /// <param name="array">The bytes.</param>
    /// <param name="text">The text.</param>
    /// <param name="encoding">How it becomes bytes; null for UTF-8.</param>
    /// <exception cref="ArgumentException">The text has more bytes than the array; nothing was written.</exception>
    /// <exception cref="ObjectDisposedException">The array was disposed.</exception>
    public static void WriteText(this SharedArray<byte> array, string text, Encoding? encoding = null)
    {
        ArgumentNullException.ThrowIfNull(array);
        ArgumentNullException.ThrowIfNull(text);
        byte[] bytes = (encoding ?? Encoding.UTF8).GetBytes(text);
        if (bytes.Length > array.Length)
        {
            throw new ArgumentException($"The text has {bytes.Length} bytes and the shared array {array.Length}.", nameof(text));
        }

        using (array.Lock.Acquire())
        {
            array.Write(0, bytes);
            if (bytes.Length < array.Length)
            {
                array[bytes.Length] = 0;
            }
        }
    }
}
