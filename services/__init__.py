"""Use cases: one class of related verbs, one transaction a verb."""
