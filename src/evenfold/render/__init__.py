"""Tables, terminals, charts and pages: how results look."""
