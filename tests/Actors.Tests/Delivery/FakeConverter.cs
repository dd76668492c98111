using System.Text;
using MtaCluster.Actors.Delivery;
using MtaCluster.Actors.Storage;

namespace MtaCluster.Actors.Tests.Delivery;

/// <summary>Converts every body to the name of the constraint, or none.</summary>
internal sealed class FakeConverter : IBodyConverter
{
    public bool CannotConvert { get; set; }

    public Exception? Failure { get; set; }

    public ValueTask<BodyReader?> ConvertAsync(BodyReader body, BodyConstraint constraint, CancellationToken cancellationToken)
        => Failure is { } failure ? ValueTask.FromException<BodyReader?>(failure)
            : new ValueTask<BodyReader?>(CannotConvert ? null : new ChunkedBody([Encoding.ASCII.GetBytes(constraint + "\r\n")]));
}
