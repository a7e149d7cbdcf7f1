// Every import here passes blittable values or SafeHandles: without run-time marshalling no IL stub has to be made at start.
[assembly: System.Runtime.CompilerServices.DisableRuntimeMarshalling]
