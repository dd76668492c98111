// Each test starts programs that want the machine for themselves: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
