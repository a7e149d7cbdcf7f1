using Cohort.Synchronizing;

namespace Cohort.Messaging;

/// <summary>What the processes that hold the same end of a connection keep for each other, in three cache lines.</summary>
/// <remarks>
/// <code>
///  +0    send lock     +8   1 while a message of several parts is under way: left behind, it is torn
///  +64   receive lock  +72  the same for receiving
///  +128  how many hold this end, in processes and on the way between them
///  +132  the process that took it up last
/// </code>
/// The number of holders is right as long as nobody is killed, and makes an orderly close seen at once. Of a kill, the kernel
/// tells by the lifeline, which counts nobody who is gone.
/// </remarks>
internal readonly unsafe struct RingEnd
{
    public const int Size = 192;

    private readonly byte* _address;

    public RingEnd(byte* address) => _address = address;

    public OwnedWord SendLock => new(_address);

    public OwnedWord ReceiveLock => new(_address + 64);

    public ref int Sending => ref *(int*)(_address + 8);

    public ref int Receiving => ref *(int*)(_address + 72);

    public ref int Holders => ref *(int*)(_address + 128);

    public ref int ProcessId => ref *(int*)(_address + 132);
}
