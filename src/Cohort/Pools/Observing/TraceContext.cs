using System.Diagnostics;
using Cohort.Serializing;

namespace Cohort.Pools.Observing;

/// <summary>Where in a trace a task belongs, as it travels with the task (the W3C trace context and baggage).</summary>
/// <param name="Function">What the task runs, for the name of its span.</param>
/// <param name="Parent">The <c>traceparent</c>.</param>
/// <param name="State">The <c>tracestate</c>.</param>
/// <param name="Baggage">What the caller's spans carry along.</param>
internal sealed record TraceContext(string Function, string Parent, string? State, KeyValuePair<string, string?>[] Baggage)
{
    /// <summary>That of a span; null when it has none that can travel.</summary>
    public static TraceContext? Of(Activity? span, string function) => span is { IdFormat: ActivityIdFormat.W3C, Id: { } id }
        ? new TraceContext(function, id, span.TraceStateString, [.. span.Baggage])
        : null;

    public static TraceContext Read(PickleReader reader)
    {
        string function = reader.ReadString()!;
        string parent = reader.ReadString()!;
        string? state = reader.ReadString();
        KeyValuePair<string, string?>[] baggage = new KeyValuePair<string, string?>[Math.Min(reader.ReadInt32(), reader.Remaining)];
        for (int i = 0; i < baggage.Length; i++)
        {
            string key = reader.ReadString()!;
            baggage[i] = new KeyValuePair<string, string?>(key, reader.ReadString());
        }

        return new TraceContext(function, parent, state, baggage);
    }

    public void Write(PickleWriter writer)
    {
        writer.WriteString(Function);
        writer.WriteString(Parent);
        writer.WriteString(State);
        writer.WriteInt32(Baggage.Length);
        foreach ((string key, string? value) in Baggage)
        {
            writer.WriteString(key);
            writer.WriteString(value);
        }
    }
}
