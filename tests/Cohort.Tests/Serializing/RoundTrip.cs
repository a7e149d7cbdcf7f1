using Cohort.Serializing;

namespace Cohort.Tests.Serializing;

/// <summary>A value's way through a message and back.</summary>
internal static class RoundTrip
{
    public static T Of<T>(T value) => Pickle.Loads<T>(Pickle.Dumps(value));

    /// <summary>Through a slot of type object, where only the value knows its type.</summary>
    public static T Boxed<T>(T value) => (T)Pickle.Loads<object?>(Pickle.Dumps<object?>(value))!;

    public static string RefusalOf<T>(T value, string root = "value")
    {
        PickleWriter writer = new() { RootName = root };
        PickleException refusal = Assert.Throws<PickleException>(() => Pickle.Write(writer, value));
        Assert.NotNull(refusal.Path);
        return refusal.Message;
    }
}
