namespace Cohort.Serializing;

/// <summary>Finds the way to what could not be written, by writing the value once more with a <see cref="PathTracker"/>.</summary>
internal static class FaultFinder
{
    public static PickleException Explain<T>(PickleWriter failed, T value, Exception cause)
    {
        PathTracker tracker = new(failed.RootName);
        PickleWriter second = new() { Context = failed.Context, CarriesTaskTokens = failed.CarriesTaskTokens, Tracker = tracker };
        try
        {
            Slot<T>.Instance.Write(second, ref value);
        }
        catch (PickleException again) when (again.Path is not null)
        {
            return again;
        }
        catch (Exception again)
        {
            return With(tracker.ToString(), again);
        }
        finally
        {
            second.Undo();
        }

        return With(failed.RootName, cause);
    }

    private static PickleException With(string path, Exception cause) => cause is PickleException pickle
        ? new PickleException(path, pickle.Reason, pickle.InnerException)
        : new PickleException(path, $"{TypeDisplay.Of(cause.GetType())} while it was written: {cause.Message}", cause);
}
