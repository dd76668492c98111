namespace MtaCluster.Node.Storage;

/// <summary>The storage must not be used as it is: no waiting will help, and an operator has to decide.</summary>
public sealed class StorageRefusedException : Exception
{
    /// <summary>Names what is wrong with what.</summary>
    public StorageRefusedException(string message)
        : base(message)
    {
    }
}
