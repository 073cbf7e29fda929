"""The month: one module a process, in the order of the model document."""
