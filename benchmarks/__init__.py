"""How fast Orchard is, measured: each module prints a table, the machine, and the ratio to what it compares with."""
