using BenchmarkDotNet.Attributes;
using Cohort.Serializing;

namespace Cohort.Benchmarks;

/// <summary>Writing and reading of the payload codec, on the values that its speed bar names.</summary>
[MemoryDiagnoser]
public class CodecBenchmarks
{
    private readonly (int, string) _pair = (42, "hello");
    private readonly Customer _customer = Customer.Create();
    private readonly double[] _numbers = [.. Enumerable.Range(0, 100_000).Select(x => (double)x)];
    private readonly List<Row> _rows = [.. Enumerable.Range(0, 1000).Select(x => new Row(x, "name" + x, x * 0.5))];

    private byte[] _intMessage = [];
    private byte[] _pairMessage = [];
    private byte[] _customerMessage = [];
    private byte[] _numbersMessage = [];
    private byte[] _rowsMessage = [];

    [GlobalSetup]
    public void Setup()
    {
        _intMessage = Pickle.Dumps(42);
        _pairMessage = Pickle.Dumps(_pair);
        _customerMessage = Pickle.Dumps(_customer);
        _numbersMessage = Pickle.Dumps(_numbers);
        _rowsMessage = Pickle.Dumps(_rows);
    }

    [Benchmark]
    public byte[] WriteInt() => Pickle.Dumps(42);

    [Benchmark]
    public int ReadInt() => Pickle.Loads<int>(_intMessage);

    [Benchmark]
    public byte[] WritePair() => Pickle.Dumps(_pair);

    [Benchmark]
    public (int, string) ReadPair() => Pickle.Loads<(int, string)>(_pairMessage);

    [Benchmark]
    public byte[] WriteObject() => Pickle.Dumps(_customer);

    [Benchmark]
    public Customer ReadObject() => Pickle.Loads<Customer>(_customerMessage);

    [Benchmark]
    public byte[] WriteLargeArray() => Pickle.Dumps(_numbers);

    [Benchmark]
    public double[] ReadLargeArray() => Pickle.Loads<double[]>(_numbersMessage);

    [Benchmark]
    public byte[] WriteListOfRecords() => Pickle.Dumps(_rows);

    [Benchmark]
    public List<Row> ReadListOfRecords() => Pickle.Loads<List<Row>>(_rowsMessage);

    public sealed record Row(int Id, string Name, double Value);

    /// <summary>About one kilobyte of mixed fields.</summary>
    public sealed class Customer
    {
        private readonly double _discount = 3.5;

        public int Id { get; set; }

        public string? Name { get; set; }

        public string? Notes { get; set; }

        public DateTime Since { get; set; }

        public Guid Key { get; set; }

        public decimal Balance { get; set; }

        public int? Rank { get; set; }

        public List<int>? Orders { get; set; }

        public Dictionary<string, int>? Counts { get; set; }

        public string[]? Tags { get; set; }

        public Row? Last { get; set; }

        public double Discount => _discount;

        public static Customer Create() => new()
        {
            Id = 1,
            Name = "Zoë Example",
            Notes = new string('n', 400),
            Since = new DateTime(2020, 1, 1),
            Key = new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
            Balance = 12.5m,
            Rank = 3,
            Orders = [.. Enumerable.Range(0, 50)],
            Counts = Enumerable.Range(0, 10).ToDictionary(x => "key" + x, x => x),
            Tags = ["one", "two", "three"],
            Last = new Row(1, "last", 0.5),
        };
    }
}
