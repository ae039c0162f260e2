"""Rankings: replies put in order, best first."""
