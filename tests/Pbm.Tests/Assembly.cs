// Nodes are heavy, and so is each run of pbm: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
