"""Pure rules: states and moves, offers, reviews, ballots. No clock, no chance, no I/O."""
