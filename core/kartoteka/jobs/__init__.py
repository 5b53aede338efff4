"""Long work outside requests: the ledger's machinery, the workers, what a job is given."""
