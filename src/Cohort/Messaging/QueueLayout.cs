namespace Cohort.Messaging;

// Overview
//
// A queue is one memory file: a page of words, then a very large ring for the items, whose pages take memory only while
// something lies there. So a put never waits for a consumer (unless the queue has a limit), and whoever has put an item can
// end at once: the item lies in memory that lives as long as any process has the queue open.
//
//      words                                               who writes them
//      +0    put lock                                      producers
//      +8    limit of items                                the creator
//      +24   1 when nothing more is to be put              anybody
//      +64   head: where the next item will be             the holder of the put lock
//      +72   the tail that was seen last                   the holder of the put lock
//      +128  get lock                                      consumers
//      +136  next: no item before it waits to be taken     the holder of the get lock
//      +144  end of the taken: all from there on wait      the holder of the get lock
//      +152  tail: all before it is free                   the holder of the get lock
//      +160  kept: memory before it was given back         the holder of the get lock
//      +168  the head that was seen last                   the holder of the get lock
//      +176  1 once an item was leased                     the holder of the get lock
//      +192  where consumers sleep       +256  where producers sleep       +320  where joiners sleep
//      +384  tasks that were said to be done
//      +4096 the ring
//
//      frame   +0 length   +4 state   +8 whose lease   +16 payload   last 8 bytes: number of the item
//
// Positions count bytes ever, so head - tail is what the ring holds. Numbers count items. Frames never wrap: what is left at
// the end of the ring is a filler, a frame with a size for a payload and the number of the item before. A frame is as small as can
// be, since most of what a short item costs is to carry its cache lines from one processor to the other.
//
// Each change becomes visible by one store of one word, and every state between two of them is a good one:
//
//   put:    write the frame, then head. A producer that dies before that has put nothing, one that dies later has.
//   take:   advance next, then tail. A consumer that dies before both has taken nothing: the item counts as given back. While
//           something is leased the tail stays behind, so the frame is marked as done first; whoever comes next passes it.
//   lease:  mark the frame with the process. The tail stays before it, so that it can be given back: marked as waiting
//           again, and next set back to it. When its process is dead, whoever comes along does that.
//
// How many items there are follows from the numbers before the head and before the end of the taken. So the last number before
// the tail has to stay readable, and the ring is never filled to the last frame.
//
// Producers and consumers write different cache lines, and read each other's only when what they saw last does not do.
//
// Where a queue is always emptied, its memory should stay the same few warm pages, although positions only grow. So a
// producer that finds the queue empty jumps to the start of the ring by a frame that holds nothing.

/// <summary>The shape of a queue in shared memory: see the overview at the top of this file.</summary>
internal static class QueueLayout
{
    public const int PutLock = 0;
    public const int Limit = 8;
    public const int Completed = 24;
    public const int Head = 64;
    public const int SeenTail = 72;
    public const int GetLock = 128;
    public const int Next = 136;
    public const int TakenEnd = 144;
    public const int Tail = 152;
    public const int Kept = 160;
    public const int SeenHead = 168;
    public const int WasLeased = 176;
    public const int ConsumerBell = 192;
    public const int ProducerBell = 256;
    public const int JoinBell = 320;
    public const int TasksDone = 384;
    public const int Ring = 4096;

    public const int HeaderSize = 16;
    public const int TrailerSize = 8;

    /// <summary>Frames start at multiples of it, so that the rest of a ring can always hold a filler.</summary>
    public const int Alignment = 32;

    /// <summary>Bytes of a frame with this payload.</summary>
    public static ulong FrameSize(long payload) => ((ulong)payload + HeaderSize + TrailerSize + Alignment - 1) & ~(ulong)(Alignment - 1);
}

/// <summary>What has become of an item.</summary>
internal enum FrameState
{
    /// <summary>It waits to be taken.</summary>
    Waiting = 0,

    /// <summary>A process works on it, and has to say that it is done.</summary>
    Leased = 1,

    /// <summary>It is done with.</summary>
    Done = 2,

    /// <summary>It never was an item.</summary>
    Filler = 3,
}
