using Akka.Actor;
using MtaCluster.Actors.Routing;

namespace MtaCluster.Actors.Rates;

/// <summary>
/// The node's side of the rates. One question per key is under way at a time; who comes meanwhile waits for the next, which asks for all of them at once. A refusal is
/// remembered for as long as it holds: a client that hammers costs one message per refusal, not per try. Thread-safe.
/// </summary>
/// <param name="books">The shard region of the books.</param>
/// <param name="nodes">How many nodes share a rate.</param>
/// <param name="time">The clock.</param>
public sealed class ClusterRates(IActorRef books, Func<int> nodes, TimeProvider time) : IClusterRates
{
    /// <summary>How long a book may take to answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>How long the node's own share is given after a book has not answered, before one is asked again.</summary>
    public static readonly TimeSpan DoubtAfterSilence = TimeSpan.FromSeconds(5);

    private const int Capacity = 65_536;
    private const int MaximumWaiting = 1_000;

    private static readonly TimeSpan s_sweepInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<RateKey, Asking> _asking = [];
    private readonly Dictionary<RateKey, TimeSpan> _deniedUntil = [];
    private readonly RateBook _ownShares = new(Capacity);
    private TimeSpan _sweepDeniedFrom;
    private TimeSpan _doubtUntil;
    private long _number;

    private TimeSpan Now => time.GetElapsedTime(0);

    /// <inheritdoc/>
    public ValueTask<bool> TryTakeAsync(RateKey key, Rate rate)
    {
        lock (_lock)
        {
            var now = Now;
            if (_deniedUntil.TryGetValue(key, out var until))
            {
                if (now < until)
                {
                    return ValueTask.FromResult(false);
                }

                _deniedUntil.Remove(key);
            }

            if (now < _doubtUntil)
            {
                return ValueTask.FromResult(TakeOwnShare(key, rate, now));
            }

            if (_asking.TryGetValue(key, out var asking))
            {
                return asking.Count < MaximumWaiting ? new ValueTask<bool>(asking.Join()) : ValueTask.FromResult(false);
            }

            if (_asking.Count >= Capacity)
            {
                return ValueTask.FromResult(TakeOwnShare(key, rate, now));
            }

            asking = new Asking();
            _asking.Add(key, asking);
            var taken = asking.Join();
            _ = AskAsync(key, rate, asking);
            return new ValueTask<bool>(taken);
        }
    }

    private async Task AskAsync(RateKey key, Rate rate, Asking asking)
    {
        while (true)
        {
            List<TaskCompletionSource<bool>> takers;
            long number;
            lock (_lock)
            {
                takers = asking.Take();
                if (takers.Count == 0)
                {
                    _asking.Remove(key);
                    return;
                }

                number = ++_number;
            }

            var answer = await AskAsync(new RequestAllowance(key, number, takers.Count, rate)).ConfigureAwait(false);

            // Before anybody hears of it: whoever was refused, and tries again at once, must not cost another question.
            if (answer is not null && answer.Granted < takers.Count)
            {
                Deny(key, answer.RetryAfter);
            }

            for (var i = 0; i < takers.Count; i++)
            {
                takers[i].SetResult(answer is null ? TakeOwnShare(key, rate) : i < answer.Granted);
            }
        }
    }

    private async Task<AllowanceGranted?> AskAsync(RequestAllowance request)
    {
        using var late = new CancellationTokenSource(Patience, time);
        try
        {
            return await books.Ask<AllowanceGranted>(request, null, late.Token).ConfigureAwait(false) is { } answer && answer.Number == request.Number ? answer : null;
        }
        catch (Exception failure) when (failure is OperationCanceledException or AskTimeoutException)
        {
            lock (_lock)
            {
                _doubtUntil = Now + DoubtAfterSilence;
            }

            return null;
        }
    }

    private bool TakeOwnShare(RateKey key, Rate rate)
    {
        lock (_lock)
        {
            return TakeOwnShare(key, rate, Now);
        }
    }

    private bool TakeOwnShare(RateKey key, Rate rate, TimeSpan now) => _ownShares.Take(key, Pace.ShareOf(rate, nodes()), 1, now).Taken > 0;

    private void Deny(RateKey key, TimeSpan retryAfter)
    {
        lock (_lock)
        {
            var now = Now;

            // A sweep for each refusal would be an attack's lever: see RateBook.
            if (_deniedUntil.Count >= Capacity && now >= _sweepDeniedFrom)
            {
                _sweepDeniedFrom = now + s_sweepInterval;
                foreach (var (other, until) in _deniedUntil)
                {
                    if (until <= now)
                    {
                        _deniedUntil.Remove(other);
                    }
                }
            }

            // Where there is no room, the book is asked again: it says no once more.
            if (_deniedUntil.Count < Capacity)
            {
                _deniedUntil[key] = now + retryAfter;
            }
        }
    }

    // Guarded by the lock of its owner.
    private sealed class Asking
    {
        private List<TaskCompletionSource<bool>> _takers = [];

        public int Count => _takers.Count;

        public Task<bool> Join()
        {
            var taker = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            _takers.Add(taker);
            return taker.Task;
        }

        public List<TaskCompletionSource<bool>> Take()
        {
            var takers = _takers;
            _takers = [];
            return takers;
        }
    }
}
