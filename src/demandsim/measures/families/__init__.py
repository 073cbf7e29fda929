"""What is measured, one module a family; `demandsim.measures.register` is the door."""
